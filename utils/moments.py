"""Small pictures of a decision map at several moments of a training, side by side.

They are painted by numpy, pixel by pixel: a hundredth of what as many panels of a figure cost.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np

from utils.plots import MAP_ENDS

_POINTS = ((31, 119, 180), (214, 39, 40))  # red, green, blue in 0..255 of each class


def moments(
    frames: Sequence[np.ndarray],
    captions: Sequence[str],
    points: Sequence[Sequence[float]],
    title: str = "",
    scale: int = 2,
) -> str:
    """A page fragment with a picture of each frame (1600,), uint8: the probability of the second class times 255.

    captions: one for each frame; points: [x, y, class] in cells of the grid, y upwards, drawn on every picture.
    scale: pixels of a cell of the 40 x 40 grid, in each direction; they are shown twice as large.
    """
    figures = "".join(
        f'<figure style="margin:4px;display:inline-block;text-align:center"><img alt="decision map, {html.escape(caption)}" '
        f'src="data:image/png;base64,{base64.b64encode(picture(frame, points, scale)).decode()}" width="{80 * scale}" style="image-rendering:pixelated">'
        f'<figcaption style="font-size:11px">{html.escape(caption)}</figcaption></figure>'
        for frame, caption in zip(frames, captions, strict=True)
    )
    return f'<div style="max-width:{4 * (80 * scale + 12)}px"><div>{html.escape(title)}</div>{figures}</div>'


def picture(frame: np.ndarray, points: Sequence[Sequence[float]], scale: int) -> bytes:
    """A frame and the points on it as a PNG of 40 times `scale` pixels in each direction."""
    p = frame.reshape(40, 40, 1) / 255
    ends = np.where(p > 0.5, np.array(MAP_ENDS[1]), np.array(MAP_ENDS[0]))
    colours = 255 + (ends - 255) * np.abs(2 * p - 1)
    image = colours.round().astype(np.uint8).repeat(scale, axis=0).repeat(scale, axis=1)
    size = max(scale // 2, 1)
    for x, y, label in points:
        row, column = round(y * scale), round(x * scale)
        image[row : row + size, column : column + size] = _POINTS[int(label)]
    packed = io.BytesIO()
    plt.imsave(packed, np.flipud(image), format="png", pil_kwargs={"compress_level": 1})
    return packed.getvalue()
