"""Strict ``.npz``: named arrays in a zip archive, written the same to the byte, read without trust.

NumPy's reader evaluates what an array says of itself and allocates what it declares. Here the
caller says which arrays it expects; their headers are compared with that as text, and nothing is
unpacked before the sizes of all of them are known to be right.
"""

from __future__ import annotations

import contextlib
import io
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from adaptarium.envs.core.errors import LevelError, unknown_name
from adaptarium.envs.core.layout import Spec

MAX_MEMBERS = 256
MAX_DIRECTORY_BYTES = 2**16

# PKWARE's APPNOTE.TXT, 4.3.16 and 4.3.15: the record that ends every archive, and the one before it
# in archives of 4 GiB and more.
_END: Final = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_END64_SIGNATURE = b"PK\x06\x07"
_END64_BYTES = 20

_SUFFIX = ".npy"
_MAGIC = b"\x93NUMPY\x01\x00"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can say
_UNIX = 3
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

Specs = Mapping[str, Spec]


def pack_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of a ``.npz`` archive that ``numpy.load`` reads too; equal arrays, equal bytes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=False)
            member = zipfile.ZipInfo(name + _SUFFIX, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = _UNIX  # else it is that of the machine
            writer.writestr(member, content.getvalue())
    return archive.getvalue()


def total_bytes(specs: Specs) -> int:
    """How much memory arrays of these dtypes and shapes take."""
    return sum(_bytes(spec) for spec in specs.values())


class Archive:
    """A ``.npz`` file, opened and measured; nothing of it is unpacked yet.

    Args:
        file: The file, as long as the archive is in use.
        what: Names the file in messages.
        limit: Most bytes that its arrays may take.

    Raises:
        LevelError: it is no whole zip archive, or holds too much, a name twice, or what is not
            packed as NumPy packs arrays.
    """

    def __init__(self, file: BinaryIO, what: str, limit: int) -> None:
        self._what = what
        _check_end(file, what)
        with _damage(what):
            self._zip = zipfile.ZipFile(file)
        members = self._zip.infolist()
        self._members = {member.filename: member for member in members}
        if len(self._members) < len(members):
            raise LevelError(f"{what}: an array is there twice")
        declared = sum(member.file_size for member in members)
        if declared > limit:
            raise LevelError(f"{what}: {declared} bytes unpacked; expected at most {limit}")
        for name, member in self._members.items():
            if member.compress_type not in _METHODS:
                raise LevelError(
                    f"{what}, {name[:100]!r}: compression method {member.compress_type}; "
                    f"expected {' or '.join(map(str, _METHODS))} (stored, deflated)"
                )

    def text(self, name: str, limit: int) -> bytes:
        """The one string of an array of shape () and dtype ``S``, of at most ``limit`` bytes.

        Raises:
            LevelError: there is no such array, or it is not one string of that size.
        """
        self._check_present(name)
        _, size = self._header(name)
        if not 1 <= size <= limit:
            raise LevelError(f"{self._what}, {name}: {size} bytes; expected 1 to {limit}")
        spec = (np.dtype(("S", size)), ())
        self._check(name, spec)
        return bytes(self._array(name, spec)[()])

    def arrays(self, specs: Specs) -> dict[str, npt.NDArray[Any]]:
        """The arrays of these names, read-only, once all are known to be as expected.

        Args:
            specs: dtype and shape of every array that the file holds, by name.

        Raises:
            LevelError: an array is missing, unknown, damaged or of another dtype or shape.
        """
        for name in specs:
            self._check_present(name)
        known = {name + _SUFFIX for name in specs}
        for name in self._members:
            if name not in known:
                raise LevelError(f"{self._what}: {unknown_name('array', name, known)}")
        for name, spec in specs.items():
            self._check(name, spec)
        return {name: self._array(name, spec) for name, spec in specs.items()}

    def _check_present(self, name: str) -> None:
        if name + _SUFFIX not in self._members:
            raise LevelError(f"{self._what}: array {name!r} is missing")

    def _check(self, name: str, spec: Spec) -> None:
        """The array says that it is what is expected, and the archive that it is as long."""
        found, size = self._header(name)
        expected = _header_text(spec)
        if found != expected:
            shown = found[:200].decode("ascii", "backslashreplace")
            raise LevelError(
                f"{self._what}, {name}: the array is {shown}, expected {expected.decode()}"
            )
        if size != _bytes(spec):
            raise LevelError(f"{self._what}, {name}: {size} bytes, expected {_bytes(spec)}")

    def _header(self, name: str) -> tuple[bytes, int]:
        """What an array says of itself, without the padding, and the bytes that follow it."""
        member = self._members[name + _SUFFIX]
        with _damage(f"{self._what}, {name}"), self._zip.open(member) as stream:
            magic = stream.read(len(_MAGIC))
            length = int.from_bytes(stream.read(2), "little")
            text = stream.read(length)
        if magic != _MAGIC:
            raise LevelError(
                f"{self._what}, {name}: begins with {magic!r}; expected {_MAGIC!r}, an array in "
                "version 1.0 of NumPy's format"
            )
        return text.strip(), member.file_size - len(_MAGIC) - 2 - length

    def _array(self, name: str, spec: Spec) -> npt.NDArray[Any]:
        member, (dtype, shape) = self._members[name + _SUFFIX], spec
        with _damage(f"{self._what}, {name}"):
            data = self._zip.read(member)
        if len(data) != member.file_size:
            raise LevelError(
                f"{self._what}, {name}: {len(data)} bytes, the archive says {member.file_size}"
            )
        return np.ndarray(shape, dtype, data, offset=len(data) - _bytes(spec))


def _bytes(spec: Spec) -> int:
    dtype, shape = spec
    return np.dtype(dtype).itemsize * math.prod(shape)


def _header_text(spec: Spec) -> bytes:
    """What NumPy writes before an array of this dtype and shape, without magic and padding."""
    dtype, shape = spec
    descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, header)
    return content.getvalue()[len(_MAGIC) + 2 :].strip()


def _check_end(file: BinaryIO, what: str) -> None:
    """The table of contents is small; ``zipfile`` would read one of any size.

    Archives with a comment, or in the form for 4 GiB and more, are refused with it: nothing of ours
    is, and their end can say one size and mean another.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END.size - _END64_BYTES))
    tail = file.read()
    end = tail[-_END.size :]
    if len(end) < _END.size or not end.startswith(_END_SIGNATURE):
        raise LevelError(f"{what}: no .npz archive, or truncated: its end is missing")
    _, _, _, _, members, directory, _, comment = _END.unpack(end)
    if comment or tail.startswith(_END64_SIGNATURE):
        raise LevelError(f"{what}: expected a plain zip archive, under 4 GiB and without comment")
    if members > MAX_MEMBERS or directory > MAX_DIRECTORY_BYTES:
        raise LevelError(
            f"{what}: {members} arrays, listed in {directory} bytes; expected at most "
            f"{MAX_MEMBERS} in {MAX_DIRECTORY_BYTES}"
        )


@contextlib.contextmanager
def _damage(what: str) -> Iterator[None]:
    """Whatever the standard library says of a damaged archive, as the one documented exception."""
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, OverflowError),
        *(RuntimeError, ValueError),  # encrypted or of an unknown version; a name that is not UTF-8
    ) as problem:
        raise LevelError(f"{what}: damaged archive: {problem}") from None
