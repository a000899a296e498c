"""The adapter of any S3 service: one bucket, keys as they are.

The bucket is made when it is found missing at a write, by whichever process comes first.
"""

import io
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.helpers import DictType
from typing_extensions import override

from configs.servers import ServerSettings
from storage.breaker import Breaker
from storage.errors import ObjectNotFound, UnavailableError
from storage.objects.base import Data, ListedObject, ObjectStore, StoredObject
from storage.objects.disposition import disposition
from storage.objects.keys import checked
from storage.objects.s3_client import FAILURES, encryption, may_pass, patiently, s3_client, unavailable

ResultT = TypeVar("ResultT")
BATCH = 1000
CHUNK = 1 << 18
SLOWEST_BYTES_PER_SECOND = 1 << 18
PING_SECONDS = 3.0
SIGN_ROUND_SECONDS = 600
_NO_BUCKET, _MISSING = "NoSuchBucket", frozenset({"NoSuchKey", "NoSuchBucket"})
_MADE_ALREADY = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists", "OperationAborted"})


class BucketNotSeenYet(OSError):
    """Just made, by us or by another, and the service does not see it everywhere: the write is tried again."""


class S3Store(ObjectStore):
    """Objects in ``s3_bucket`` at ``s3_endpoint``; safe for many threads, made anew in each process.

    A server that is silent or fails is tried again for ``s3_patience_seconds``; then UnavailableError, and for others
    that at once, but for one in each second, until it answers.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._bucket = settings.s3_bucket
        self._breaker = Breaker()
        self._sse = encryption(settings)
        self._client = s3_client(settings, settings.s3_endpoint, silent_seconds=settings.s3_silent_seconds,
                                 connections=settings.s3_connections)  # fmt: skip
        # It signs for the host that clients see, and never connects.
        self._public = settings.s3_public_endpoint and s3_client(
            settings, settings.s3_public_endpoint, silent_seconds=PING_SECONDS, connections=1
        )
        self._prober = s3_client(settings, settings.s3_endpoint, silent_seconds=PING_SECONDS, connections=2)

    @override
    def put(self, key: str, data: Data, content_type: str) -> None:
        checked(key)
        self._do(f"The object {key} cannot be stored", lambda: self._put(self._client, key, data, content_type))

    @override
    def get(self, key: str) -> StoredObject:
        checked(key)
        return self._do(f"The object {key} cannot be read", lambda: self._get(self._client, key), key)

    @override
    def content_type(self, key: str) -> str:
        checked(key)
        found = self._do(f"The object {key} cannot be looked up",
                         lambda: self._client.stat_object(self._bucket, key), key)  # fmt: skip
        return str(found.content_type)

    @override
    def public_url(self, key: str, seconds: int, download_name: str | None = None) -> str | None:
        checked(key)
        if not self._public:
            return None
        # Signed as of a whole round, so that addresses made within one are equal and a browser finds its copy again.
        signed_at = datetime.fromtimestamp(time.time() // SIGN_ROUND_SECONDS * SIGN_ROUND_SECONDS, UTC)
        named: DictType = {"response-content-disposition": disposition(download_name)} if download_name else {}
        return self._public.presigned_get_object(
            self._bucket, key, timedelta(seconds=seconds + SIGN_ROUND_SECONDS), response_headers=named,
            request_date=signed_at,
        )  # fmt: skip

    @override
    def exists(self, key: str) -> bool:
        try:
            self.content_type(key)
        except ObjectNotFound:
            return False
        return True

    @override
    def delete(self, key: str) -> None:
        checked(key)
        try:
            self._do(f"The object {key} cannot be deleted",
                     lambda: self._client.remove_object(self._bucket, key), key)  # fmt: skip
        except ObjectNotFound:
            return

    @override
    def delete_under(self, prefix: str) -> None:
        checked(prefix)
        try:
            while self._do(f"The objects under {prefix} cannot be deleted",
                           lambda: self._delete_batch(f"{prefix}/"), prefix) == BATCH:  # fmt: skip
                pass
        except ObjectNotFound:
            return

    @override
    def listed(self) -> Iterator[ListedObject]:
        after: str | None = None
        while True:
            try:
                found = self._do("The objects cannot be listed", partial(self._page, after), self._bucket)
            except ObjectNotFound:
                return
            yield from found
            if len(found) < BATCH:
                return
            after = found[-1].key

    @override
    def ping(self) -> None:
        key = f"ping-{secrets.token_hex(6)}"
        try:
            self._put(self._prober, key, b"ping", "text/plain")
            found = self._get(self._prober, key).data
            self._prober.remove_object(self._bucket, key)
        except FAILURES as error:
            raise unavailable("The object store is not usable", error) from error
        self._breaker.answered()
        if found != b"ping":
            raise UnavailableError("The object store gives back other bytes than were stored.", part="objects")

    def _do(self, what: str, action: Callable[[], ResultT], key: str | None = None) -> ResultT:
        """The action's result. Raises ObjectNotFound where a key is given and nothing is there; UnavailableError."""
        self._breaker.check()
        try:
            result = patiently(action, self._settings.s3_patience_seconds)
        except FAILURES as error:
            failure = unavailable(what, error)
            if may_pass(error):
                self._breaker.failed(failure)
                raise failure from error
            # A refusal is an answer, too.
            self._breaker.answered()
            if key is not None and isinstance(error, S3Error) and error.code in _MISSING:
                raise ObjectNotFound(f"There is no object {key}.", key=key) from None
            raise failure from error
        self._breaker.answered()
        return result

    def _put(self, client: Minio, key: str, data: Data, content_type: str) -> None:
        try:
            self._put_once(client, key, data, content_type)
        except S3Error as error:
            if error.code != _NO_BUCKET:
                raise
            self._make_bucket(client)
            try:
                self._put_once(client, key, data, content_type)
            except S3Error as again:
                if again.code == _NO_BUCKET:
                    raise BucketNotSeenYet(self._bucket) from again
                raise

    def _put_once(self, client: Minio, key: str, data: Data, content_type: str) -> None:
        # A mapped file is a stream by itself; a second try begins at its start again.
        stream: Any = io.BytesIO(data) if isinstance(data, bytes) else data
        stream.seek(0)
        client.put_object(self._bucket, key, stream, len(data), content_type, sse=self._sse,
                          part_size=self._settings.s3_part_bytes)  # fmt: skip

    def _make_bucket(self, client: Minio) -> None:
        try:
            client.make_bucket(self._bucket, self._settings.s3_region)
        except S3Error as error:
            # Another process was first, or it is somebody else's: then the write says so.
            if error.code not in _MADE_ALREADY:
                raise

    def _get(self, client: Minio, key: str) -> StoredObject:
        response = client.get_object(self._bucket, key)
        try:
            size = int(response.headers["Content-Length"])
            deadline = time.monotonic() + self._settings.s3_silent_seconds + size / SLOWEST_BYTES_PER_SECOND
            pieces = []
            # As it comes: a whole chunk of drops could take long.
            while piece := response.read1(CHUNK):
                pieces.append(piece)
                # A server that sends drop by drop is never silent for long.
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{key} comes too slowly")
            return StoredObject(b"".join(pieces), response.headers["Content-Type"])
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()

    def _page(self, after: str | None) -> list[ListedObject]:
        listed = self._client.list_objects(self._bucket, recursive=True, start_after=after)
        return [
            ListedObject(
                str(found.object_name), found.last_modified.timestamp() if found.last_modified else time.time()
            )
            for found in islice(listed, BATCH)
        ]

    def _delete_batch(self, prefix: str) -> int:
        """How many were deleted, at most BATCH."""
        listed = self._client.list_objects(self._bucket, prefix, recursive=True)
        keys = [DeleteObject(str(found.object_name)) for found in islice(listed, BATCH)]
        for problem in self._client.remove_objects(self._bucket, keys):
            raise UnavailableError(f"The object {problem.name} cannot be deleted: {problem.code}.", part="objects")
        return len(keys)
