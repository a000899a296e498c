"""The parts of KubeRay's RayService (ray.io/v1, as of KubeRay 1.7) that our file uses, every other field refused.

Written by hand from the fields of KubeRay's API: its own definition is a megabyte, most of it Kubernetes' pods, which
are held against Kubernetes' own schemas besides. ``authOptions.secretName`` is there since KubeRay 1.6.
"""

from typing import Any


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object of these fields only."""
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
COUNT = {"type": "integer", "minimum": 0}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
QUANTITY = {"anyOf": [{"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi)?$"}, {"type": "integer"}]}
RESOURCES = closed(
    [],
    requests={"type": "object", "additionalProperties": QUANTITY},
    limits={"type": "object", "additionalProperties": QUANTITY},
)
REFERENCE = closed(["name", "key"], name=TEXT, key=TEXT)
SECRET_VALUE = closed(["valueFrom"], valueFrom=closed(["secretKeyRef"], secretKeyRef=REFERENCE))
SECURITY = closed(
    ["allowPrivilegeEscalation", "capabilities"],
    allowPrivilegeEscalation={"const": False},
    capabilities=closed(["drop"], drop={"const": ["ALL"]}),
)
CONTAINER = closed(
    ["name", "image", "envFrom", "resources", "securityContext", "volumeMounts"],
    name=TEXT,
    image=TEXT,
    command={"type": "array", "items": TEXT},
    envFrom={"type": "array", "items": closed(["configMapRef"], configMapRef=closed(["name"], name=TEXT))},
    resources=RESOURCES,
    ports={"type": "array", "items": closed(["name", "containerPort"], name=TEXT, containerPort=COUNT)},
    securityContext=SECURITY,
    volumeMounts={
        "type": "array",
        "items": closed(["name", "mountPath"], name=TEXT, mountPath=TEXT, readOnly={"type": "boolean"}),
    },
)
VOLUME = {
    "oneOf": [
        closed(["name", "emptyDir"], name=TEXT, emptyDir=closed([])),
        closed(
            ["name", "persistentVolumeClaim"], name=TEXT, persistentVolumeClaim=closed(["claimName"], claimName=TEXT)
        ),
        closed(
            ["name", "secret"],
            name=TEXT,
            secret=closed(
                ["secretName", "items"],
                secretName=TEXT,
                items={"type": "array", "items": closed(["key", "path"], key=TEXT, path=TEXT)},
            ),
        ),
    ]
}
TEMPLATE = closed(
    ["metadata", "spec"],
    metadata=closed(["labels"], labels=TEXTS),
    spec=closed(
        ["securityContext", "containers", "volumes"],
        securityContext=closed(
            ["runAsNonRoot", "runAsUser"],
            runAsNonRoot={"const": True}, runAsUser=COUNT, runAsGroup=COUNT, fsGroup=COUNT,
        ),
        terminationGracePeriodSeconds=COUNT,
        initContainers={"type": "array", "items": CONTAINER},
        containers={"type": "array", "items": CONTAINER, "minItems": 1},
        volumes={"type": "array", "items": VOLUME},
        nodeSelector=TEXTS,
        tolerations={
            "type": "array",
            "items": closed(["key", "operator", "effect"], key=TEXT, operator={"enum": ["Exists"]}, effect=TEXT),
        },
    ),
)  # fmt: skip
GROUP = closed(
    ["groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"],
    groupName=TEXT, replicas=COUNT, minReplicas=COUNT, maxReplicas=COUNT, rayStartParams=TEXTS, template=TEMPLATE,
)  # fmt: skip
CLUSTER = closed(
    ["rayVersion", "headGroupSpec", "workerGroupSpecs"],
    rayVersion=TEXT,
    authOptions=closed(["mode", "secretName"], mode={"enum": ["disabled", "token"]}, secretName=TEXT),
    gcsFaultToleranceOptions=closed(["redisAddress"], redisAddress=TEXT, redisPassword=SECRET_VALUE),
    enableInTreeAutoscaling={"type": "boolean"},
    autoscalerOptions=closed([], version={"enum": ["v1", "v2"]}, idleTimeoutSeconds=COUNT, resources=RESOURCES),
    headGroupSpec=closed(["rayStartParams", "template"], rayStartParams=TEXTS, template=TEMPLATE),
    workerGroupSpecs={"type": "array", "items": GROUP, "minItems": 1},
)
RAY_SERVICE = closed(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "ray.io/v1"},
    kind={"const": "RayService"},
    metadata=closed(["name"], name=TEXT),
    spec=closed(
        ["rayClusterConfig", "serveConfigV2"],
        rayClusterDeletionDelaySeconds=COUNT,
        excludeHeadPodFromServeSvc={"type": "boolean"},
        rayClusterConfig=CLUSTER,
        serveConfigV2=TEXT,
    ),
)
