"""Observations as flat vectors."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from adaptarium.agents.rl.encoding import CELL_CODES, Encoding
from adaptarium.envs.core.errors import FactorError, UnknownNameError


def grid_space(columns: int = 2, rows: int = 3) -> spaces.Dict:
    return spaces.Dict(
        {
            "image": spaces.Box(0, 15, (columns, rows, 3), np.uint8),
            "direction": spaces.Discrete(4),
        }
    )


def test_one_hot_has_a_place_for_every_code() -> None:
    encoding = Encoding(grid_space())
    assert encoding.size == 2 * 3 * sum(CELL_CODES) + 4
    image = np.zeros((2, 2, 3, 3), np.uint8)
    image[1, 1, 2] = (5, 4, 2)  # a yellow key in state 2 in the last cell
    vectors = encoding({"image": image, "direction": np.array([0, 3])})
    assert vectors.dtype == np.uint8
    cells = vectors[:, 4:] if next(iter(encoding.parts)) == "direction" else vectors[:, :-4]
    last = cells[1].reshape(6, sum(CELL_CODES))[5]
    assert np.flatnonzero(last).tolist() == [5, 16 + 4, 16 + 8 + 2]
    assert (vectors.sum(axis=1) == 6 * 3 + 1).all()
    assert (vectors[0] != vectors[1]).any()


def test_bits_are_the_binary_digits_of_the_codes() -> None:
    encoding = Encoding(grid_space(), "bits")
    assert encoding.size == 2 * 3 * (4 + 3 + 3) + 4
    image = np.zeros((1, 2, 3, 3), np.uint8)
    image[0, 1, 2] = (5, 4, 2)
    vectors = encoding({"image": image, "direction": np.array([0])})
    first = next(iter(encoding.parts)) == "direction"
    cells = vectors[:, 4:] if first else vectors[:, :-4]
    assert vectors.dtype == np.uint8
    assert cells.reshape(6, 10)[5].tolist() == [1, 0, 1, 0, 0, 0, 1, 0, 1, 0]
    assert cells.reshape(6, 10)[:5].sum() == 0


@pytest.mark.parametrize("kind", ["one_hot", "bits"])
def test_different_observations_have_different_vectors(kind: str) -> None:
    rng = np.random.default_rng(0)
    encoding = Encoding(grid_space(), kind)
    image = rng.integers(0, 8, (500, 2, 3, 3)).astype(np.uint8)
    direction = rng.integers(0, 4, 500)
    vectors = encoding({"image": image, "direction": direction})
    raw = np.concatenate([image.reshape(500, -1), direction[:, None]], axis=1)
    assert len(np.unique(vectors, axis=0)) == len(np.unique(raw, axis=0))


def test_a_board_of_three_columns_is_no_image() -> None:
    """The codes of an 8-puzzle go up to 13: none is clipped as a colour would be."""
    encoding = Encoding(spaces.Box(0, 13, (3, 3), np.uint8))
    assert encoding.size == 9 * 14
    boards = np.array([[[12, 12, 12]] * 3, [[12, 13, 13]] * 3], np.uint8)
    vectors = encoding(boards)
    assert np.flatnonzero(vectors[1])[:3].tolist() == [12, 14 + 13, 28 + 13]
    assert (vectors[0] != vectors[1]).any()


def test_codes_beyond_fifteen_are_codes() -> None:
    encoding = Encoding(spaces.Box(0, 20, (4, 4), np.uint8))
    assert (encoding.size, encoding.dtype) == (16 * 21, np.uint8)
    assert Encoding(spaces.Box(0, 255, (4, 4), np.uint8)).dtype == np.float32


def test_raw_only_flattens() -> None:
    encoding = Encoding(grid_space(), "raw")
    image = np.arange(18, dtype=np.uint8).reshape(1, 2, 3, 3) % 16
    vectors = encoding({"image": image, "direction": np.array([2])})
    assert vectors.shape == (1, 19)
    assert sorted(vectors[0].tolist()) == sorted([*(np.arange(18) % 16), 2])


def test_amounts_are_scaled_and_unbounded_ones_left() -> None:
    space = spaces.Dict(
        {
            "price": spaces.Box(np.float32(0), np.float32(200), (2,), np.float32),
            "free": spaces.Box(-np.inf, np.inf, (1,), np.float32),
        }
    )
    encoding = Encoding(space)
    vectors = encoding({"price": np.array([[50.0, 200.0]]), "free": np.array([[7.5]])})
    assert vectors.dtype == np.float32
    assert sorted(vectors[0].tolist()) == [0.25, 1.0, 7.5]


def test_amounts_within_very_wide_bounds_are_squashed_and_not_lost() -> None:
    space = spaces.Box(np.float32([0, -1e4]), np.float32([4, 1e4]), dtype=np.float32)
    vectors = Encoding(space)(np.array([[2.0, 1.0], [4.0, -99.0]]))
    np.testing.assert_allclose(vectors, [[0.5, np.log(2)], [1.0, -np.log(100)]], rtol=1e-6)


def test_vectors_are_not_shared_between_calls() -> None:
    encoding = Encoding(spaces.Discrete(3))
    first = encoding(np.array([0]))
    kept = first.copy()
    encoding(np.array([2]))
    assert (first == kept).all()


def test_unknown_encoding_and_space_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown encoding 'onehot'; did you mean 'one_hot'"):
        Encoding(spaces.Discrete(2), "onehot")
    with pytest.raises(FactorError, match="expected Box, Discrete or MultiDiscrete"):
        Encoding(spaces.Text(5))
