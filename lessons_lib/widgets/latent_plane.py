"""Le plan de la carte latente : les codes des images, leurs écarts types, et le plan où on les regarde."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

MOST_CATEGORIES = 7


def clouds_of(points, posterior) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Rend nom -> codes (N, latent) et nom -> écarts types (N, latent)."""
    points = _by_name(points)
    posterior = _by_name(posterior)
    clouds = {name: _array(code, "points") for name, code in points.items()}
    sigmas = {}
    for name, (mu, logvar) in posterior.items():
        mean = _array(mu, "mu")
        if name in clouds and (clouds[name].shape != mean.shape or not np.allclose(clouds[name], mean, atol=1e-4)):
            raise ValueError(
                "points et posterior se contredisent : avec posterior, les points sont mu. Omettez points."
            )
        clouds[name] = mean
        sigmas[name] = np.exp(0.5 * _array(logvar, "logvar"))
        if sigmas[name].shape != mean.shape:
            raise ValueError(f"mu {mean.shape} et logvar {sigmas[name].shape} doivent avoir la même forme (N, latent).")
    if len({cloud.shape[1] for cloud in clouds.values()}) > 1:
        shapes = ", ".join(f"{name} {cloud.shape}" for name, cloud in clouds.items())
        raise ValueError(f"Les nuages doivent avoir le même nombre de dimensions latentes ; reçu {shapes}.")
    return clouds, sigmas


def _by_name(value) -> dict:
    if value is None:
        return {}
    return dict(value) if isinstance(value, Mapping) else {"": value}


def _array(values, what: str) -> np.ndarray:
    array = torch.as_tensor(values).detach().cpu().double().numpy()
    if array.ndim != 2 or not np.isfinite(array).all():
        raise ValueError(f"{what} doit être un tableau (N, latent) de nombres finis ; reçu {array.shape}.")
    return array


def plane_of(embed, clouds: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """origin (latent,) et directions (2, latent) du plan de la carte."""
    latent = next((cloud.shape[1] for cloud in clouds.values()), 2)
    if embed is None:
        if latent != 2:
            raise ValueError(
                f"L'espace latent a {latent} dimensions, la carte en a deux : donnez "
                "embed=(origin, directions), deux directions de cet espace."
            )
        return np.zeros(2), np.eye(2)
    origin = torch.as_tensor(embed[0]).detach().cpu().double().numpy().reshape(-1)
    directions = _array(embed[1], "directions")
    if directions.shape != (2, len(origin)) or (clouds and latent != len(origin)):
        raise ValueError(
            f"embed doit être (origin ({latent},), directions (2, {latent})) ; reçu {origin.shape} et "
            f"{directions.shape}."
        )
    if np.linalg.matrix_rank(directions) < 2:
        raise ValueError("Les deux directions de embed sont parallèles ou nulles : elles ne forment pas un plan.")
    return origin, directions


def square_limits(places: np.ndarray) -> tuple[float, float, float, float]:
    """Un carré qui contient la loi a priori à 3 écarts types et 99 % des points dans chaque direction."""
    low, high = np.quantile(places, [0.005, 0.995], axis=0) if len(places) else np.zeros((2, 2))
    low, high = np.minimum(low, -3), np.maximum(high, 3)
    half = 1.06 * float((high - low).max()) / 2
    a, b = ((low + high) / 2).tolist()
    return a - half, a + half, b - half, b + half


def colours_of(colour_by: Mapping[str, Sequence]) -> list[tuple[str, np.ndarray]]:
    colours = []
    for name, values in colour_by.items():
        array = np.asarray(values)
        if array.dtype.kind not in "fiu":
            array = array.astype(str)
            if len(np.unique(array)) > MOST_CATEGORIES:
                raise ValueError(
                    f"« {name} » a {len(np.unique(array))} catégories ; la carte en distingue "
                    f"{MOST_CATEGORIES}. Regroupez-les, ou donnez des nombres."
                )
        colours.append((name, array))
    return colours
