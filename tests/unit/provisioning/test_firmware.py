"""Which firmware files are found, however quickly they are put there."""

import os
from pathlib import Path

from reconciler.provisioning.serving.firmware import Firmware


def test_a_file_that_comes_in_the_tick_of_the_clock_of_the_one_before_is_found(
    tmp_path: Path,
) -> None:
    firmware = Firmware(tmp_path)
    (tmp_path / "t54w.rom").write_bytes(b"1")
    assert firmware.find("t54w.rom") == tmp_path / "t54w.rom"
    tick = tmp_path.stat().st_mtime_ns
    (tmp_path / "t46u.rom").write_bytes(b"2")
    os.utime(tmp_path, ns=(tick, tick))
    assert firmware.find("t46u.rom") == tmp_path / "t46u.rom"
