"""Generates modules and stubs of the .proto files: `python -m tfsession.protos.generate`.

Needs grpcio-tools 1.63. Its code (of protobuf 5.26) runs on every protobuf from 5.26 on; later
compilers write a check that refuses runtimes older than themselves.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

SOURCES = Path(__file__).parent
ROOT = SOURCES.parent.parent


def generate(target: Path) -> None:
    """Writes `tfsession/protos/*_pb2.py` and `*_pb2.pyi` below the folder `target`.

    Raises:
      RuntimeError: protoc refused the files; its own message is on stderr.
    """
    from grpc_tools import protoc

    code = protoc.main(
        [
            "protoc",
            f"--proto_path={ROOT}",
            f"--proto_path={files('grpc_tools') / '_proto'}",
            f"--python_out={target}",
            f"--pyi_out={target}",
            *(str(path) for path in sorted(SOURCES.glob("*.proto"))),
        ]
    )
    if code:
        raise RuntimeError(f"protoc: exit status {code!r}, wanted 0")


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
