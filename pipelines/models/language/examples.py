"""Two wishes and what a good answer to them is: one in each language."""

from typing import Any

_ZH = {
    "purpose": "opening",
    "style": "minimalist",
    "mood": "warm",
    "topics": ["bread", "oven", "wheat"],
    "colours": [{"word": "奶油色", "hex": "#f6ecd2"}],
    "image_prompt": "Crusty round loaves on a wooden table beside a small brick oven, ears of wheat, soft morning "
    "light, plain cream wall above",
    "texts": [
        {"role": "title", "kind": "other", "label": "", "text": "麦香小院开业"},
        {"role": "key_fact", "kind": "date", "label": "", "text": "3月9日"},
        {"role": "fact", "kind": "discount", "label": "", "text": "买二送一"},
        {"role": "fact", "kind": "place", "label": "地址", "text": "柳荫巷6号"},
    ],
    "leave_out": ["帮我做一张", "的海报", "要奶油色、简洁一点，放上我们的logo"],
    "missing": ["我们的logo"],
}
_EN = {
    "purpose": "concert",
    "style": "retro",
    "mood": "cool",
    "topics": ["guitar", "boat"],
    "colours": [],
    "image_prompt": "An acoustic guitar leaning on a moored wooden boat at dusk, calm dark water, paper lanterns, "
    "grainy film look, empty sky",
    "texts": [
        {"role": "title", "kind": "other", "label": "", "text": "Songs on the Water"},
        {"role": "name", "kind": "person", "label": "", "text": "Ida Marl"},
        {"role": "key_fact", "kind": "date", "label": "", "text": "May 3, 7pm"},
        {"role": "fact", "kind": "place", "label": "", "text": "Old Ferry Pier"},
        {"role": "cta", "kind": "url", "label": "Tickets", "text": "songsonthewater.org"},
    ],
    "leave_out": ["Please make a flyer for", "with", "something that looks like the seventies, thanks!"],
    "missing": [],
}
EXAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "帮我做一张麦香小院开业的海报，3月9日，买二送一，地址：柳荫巷6号。要奶油色、简洁一点，放上我们的logo",
        _ZH,
    ),
    (
        'Please make a flyer for "Songs on the Water" with Ida Marl, May 3, 7pm, Old Ferry Pier. Tickets: '
        "songsonthewater.org. something that looks like the seventies, thanks!",
        _EN,
    ),
)
