"""Leçon 00 : des pixels justes ou faux, tels qu'on les écrit."""

import numpy as np
import torch

from lessons_lib import images


def by_the_library(image):
    return images.to_uint8(image).permute(1, 2, 0)


def by_numpy(image):
    values = np.clip((image.numpy() + 1) / 2, 0, 1)
    return torch.from_numpy((values * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0).copy())


def in_place(image):
    image.clamp_(-1, 1).add_(1).mul_(127.5).round_()
    return image.byte().movedim(0, -1)


def channel_by_channel(image):
    channels = [torch.round(channel * 127.5 + 127.5).clip(0, 255).to(torch.uint8) for channel in image]
    return torch.stack(channels, dim=-1)


RIGHT = {"vers_pixels": [by_the_library, by_numpy, in_place, channel_by_channel]}

WRONG = {
    "vers_pixels": [
        (lambda image: (image * 255).clamp(0, 255).round().to(torch.uint8).permute(1, 2, 0), "entre 0 et 1"),
        (lambda image: ((image + 1) * 127.5).clamp(0, 255).to(torch.uint8).permute(1, 2, 0), "tronque"),
        (lambda image: ((image + 1) * 127.5).round().to(torch.uint8).permute(1, 2, 0), "hors de l'intervalle"),
        (lambda image: ((image + 1) * 127.5).clamp(0, 255).round().permute(1, 2, 0), "n'est pas `torch.uint8`"),
        (lambda image: by_the_library(image).int(), "n'est pas `torch.uint8`"),
        (lambda image: ((image + 1) * 127.5).clamp(0, 255).round().byte(), "sont restés devant"),
        (lambda image: by_the_library(image).transpose(0, 1), "l'image est couchée"),
        (lambda image: images.to_uint8(image).view(*image.shape[1:], 3), "mélange les pixels"),
    ]
}

UNKNOWN = {
    "vers_pixels": [
        lambda image: 255 - by_the_library(image),
        lambda image: by_the_library(image.flip(0)),
        lambda image: by_the_library(image) // 2,
    ]
}
