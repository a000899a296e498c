"""The samples of the contract, as shown on the API page; tests read them too."""

from typing import Any

TASK_BODY: dict[str, Any] = {
    "A hiring poster": {
        "user_id": "user_123456",
        "prompt": "创建一个蓝色商务风格的招聘海报，包含公司logo和职位信息",
        "style": "business",
        "size": {"width": 1080, "height": 1920},
        "elements": [
            {
                "type": "text",
                "content": "诚聘英才",
                "position": "top",
                "style": {"fontSize": 48, "fontWeight": "bold"},
            },
            {"type": "text", "content": "高级软件工程师", "position": "center", "style": {"fontSize": 36}},
        ],
        "color_scheme": ["#1890ff", "#ffffff", "#f0f2f5"],
        "priority": 1,
    },
    "With a picture": {
        "prompt": "山间茶馆开业海报，五月初八新店启幕，城南竹影巷十六号",
        "reference": ["https://example.com/pictures/tea-house.jpg"],
    },
    "Only a sentence": {"prompt": "A poster for a Saturday farmers' market, warm orange, 9 am to 1 pm"},
}

TASK: dict[str, Any] = {
    "id": "task_a1b2c3d4e5f6",
    "user_id": "user_123456",
    "type": "poster_generation",
    "status": "completed",
    "priority": 1,
    "input_params": {
        key: value for key, value in TASK_BODY["A hiring poster"].items() if key not in {"user_id", "priority"}
    },
    "progress": {
        "phase": "completed",
        "percentage": 100,
        "message": "海报生成完成",
        "details": {
            "stages_completed": [
                "intent_parsing", "layout_generation", "image_generation", "text_rendering", "quality_check",
            ]
        },
    },
    "result": {
        "poster_id": "poster_xyz789",
        "preview": "https://oss.example.com/posters/preview/poster_xyz789.jpg",
        "layers": ["layer_bg_001", "layer_main_002", "layer_text_003"],
    },
    "created_at": "2024-01-01T10:00:00Z",
    "completed_at": "2024-01-01T10:00:30Z",
}  # fmt: skip

POSTER: dict[str, Any] = {
    "id": "poster_xyz789",
    "task_id": "task_a1b2c3d4e5f6",
    "user_id": "user_123456",
    "title": "招聘海报",
    "description": "蓝色商务风格招聘海报",
    "width": 1080,
    "height": 1920,
    "background": "linear-gradient(180deg, #1890ff 0%, #096dd9 100%)",
    "preview_url": "https://oss.example.com/posters/preview/poster_xyz789.jpg",
    "source_url": "https://oss.example.com/posters/source/poster_xyz789.psd",
    "metadata": {
        "style": "business",
        "color_scheme": ["#1890ff", "#ffffff", "#f0f2f5"],
        "fonts": ["PingFang SC", "Arial"],
        "tags": ["招聘", "商务", "蓝色"],
        "ai_params": {"model": "stable_diffusion_xl", "steps": 30, "guidance_scale": 7.5},
    },
}

TITLE: dict[str, Any] = {
    "id": "elem_title_001",
    "layer_id": "layer_text_003",
    "type": "text",
    "transform": {
        "x": 540, "y": 300, "width": 400, "height": 80, "rotation": 0, "scale_x": 1, "scale_y": 1,
    },
    "style": {
        "opacity": 1,
        "fill": {"type": "solid", "color": "#ffffff"},
        "shadow": {"color": "rgba(0,0,0,0.3)", "offset_x": 0, "offset_y": 4, "blur": 12},
        "text_style": {
            "font_family": "PingFang SC",
            "font_size": 48,
            "font_weight": "bold",
            "text_align": "center",
            "line_height": 1.2,
        },
    },
    "content": {"text": "诚聘英才"},
    "locked": False,
    "visible": True,
    "selectable": True,
}  # fmt: skip

SHAPE: dict[str, Any] = {
    "id": "elem_shape_002",
    "layer_id": "layer_main_002",
    "type": "shape",
    "transform": {"x": 100, "y": 500, "width": 880, "height": 600, "rotation": 0},
    "style": {
        "opacity": 0.9,
        "fill": {"type": "solid", "color": "#ffffff"},
        "stroke": {"color": "#e8e8e8", "width": 1},
        "shadow": {"color": "rgba(0,0,0,0.1)", "offset_x": 0, "offset_y": 10, "blur": 30},
    },
    "content": {
        "shape_type": "rounded_rect",
        "shape_path": "M20,0 L860,0 Q880,0 880,20 L880,580 Q880,600 860,600 L20,600 Q0,600 0,580 L0,20 Q0,0 20,0 Z",
    },
}

ELEMENT_BODY: dict[str, Any] = {
    "A fetched element, sent back": TITLE,
    "Another text": {"content": {"text": "诚聘设计师"}},
    "Hidden": {"visible": False},
}


PATCH_BODY: dict[str, Any] = {
    "Another colour": {"version": 1, "style": {"fill": {"type": "solid", "color": "#fa541c"}}},
    "Moved": {"version": 1, "transform": {"x": 320}},
}

PROGRESS_BODY: dict[str, Any] = {
    "A phase": {"phase": "generating_layout", "percentage": 20, "message": "生成布局方案", "details": {}},
    "A failure": {
        "phase": "failed",
        "percentage": -1,
        "message": "生成失败: no GPU",
        "details": {"error": "no GPU", "type": "RuntimeError"},
    },
}

COMPLETE_BODY: dict[str, Any] = {
    "Done": {
        "poster_id": "poster_xyz789",
        "preview": "https://oss.example.com/posters/preview/poster_xyz789.jpg",
        "layers": ["layer_bg_001", "layer_main_002", "layer_text_003"],
    },
}

POSTER_BODY: dict[str, Any] = {
    "A poster": {
        key: POSTER[key]
        for key in ("task_id", "width", "height", "background", "preview_url", "source_url", "metadata")
    },
}

BATCH_BODY: dict[str, Any] = {
    "A title": {
        "elements": [{key: TITLE[key] for key in ("layer_id", "type", "transform", "style", "content")}],
    },
}


def example(data: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI entry of a success whose ``data`` looks like this."""
    return {"content": {"application/json": {"example": {"code": 0, "data": data}}}}
