"""English words that only say how a poster should look."""

import re

from pipelines.models.designer.colours import EN_COLOUR, HEX
from pipelines.models.designer.orders import SIZE
from pipelines.models.designer.styles import MOOD_WORD, STYLE_WORD

_ADJECTIVES = (
    r"minimalist|minimal|minimalistic|scandinavian|nordic|airy|cartoon|cute|kawaii|playful|childish"
    r"|whimsical|hand-drawn|illustrated|futuristic|cyberpunk|sci-fi|vaporwave|synthwave|high-tech|glitch"
    r"|neon|bold|loud|punchy|energetic|dynamic|retro|vintage|nostalgic|old-school|mid-century|bauhaus"
    r"|art deco|elegant|luxury|luxurious|premium|sophisticated|chic|classy|modern|artsy|calm|serene"
    r"|peaceful"
    r"|cozy|cosy|inviting|lively|festive|joyful|upscale|fresh|bright|adorable|serious|formal|professional"
    r"|edgy|romantic|dreamy|rustic|earthy|grungy|industrial|tropical|boho|geometric|abstract|anime|[6-9]0s"
)
_LOOK_WORD = (
    rf"(?:{EN_COLOUR}|{HEX}|{SIZE}|(?<![a-z])(?:{_ADJECTIVES}|eye[- ]catching|attractive|stunning"
    rf"|colou?rful|stylish|beautiful|nice|catchy"
    r"|gorgeous|striking|vibrant|cool|great|good|sleek|creative|simple|clean|warm|dark|light|pastel|muted"
    r"|moody|big|large|small|full[- ]page"
    r"|colou?r|photo|trendy|cheerful|friendly|looking))(?:[- ]?(?:style|styled|themed|inspired|colou?red"
    r"|looking|toned))?(?![a-z'])"
)
LOOK = re.compile(
    rf"(?:{_LOOK_WORD}[,\s/&-]*(?:and\s+(?={EN_COLOUR}|(?:{_ADJECTIVES})|\w+ (?:poster|flyer))|with\s+)?)+"
)
ONLY_LOOK = re.compile(rf"(?:{_LOOK_WORD}|(?:{STYLE_WORD})|(?:{MOOD_WORD})|[\s,/&-]|and(?![a-z]))*")
