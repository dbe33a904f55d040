"""Writes seeds for fuzzing, a folder a reader: small valid files of every form.

    python3 Fuzz/seeds.py FOLDER
"""

import gzip
import io
import json
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

root = Path(sys.argv[1])
here = Path(__file__).resolve().parent


def put(reader, name, data):
    (root / reader).mkdir(parents=True, exist_ok=True)
    (root / reader / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def archive(entries, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in entries.items():
            file.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def safetensors(tensors, metadata=None):
    header, end = {}, 0
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(end)


def npy(descr, shape, data, version=1, order=False):
    text = f"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def global_(module, name):
    """A stand-in that pickle writes as the name of a function or class."""
    if module not in sys.modules:
        sys.modules[module] = types.ModuleType(module)
    if not hasattr(sys.modules[module], name):
        found = type(name, (), {"__module__": module, "__qualname__": name})
        setattr(sys.modules[module], name, found)
    return getattr(sys.modules[module], name)


class Call:
    def __init__(self, function, *arguments):
        self.parts = (function, arguments)

    def __reduce__(self):
        return self.parts


class Storage:
    def __init__(self, key, count):
        self.name = ("storage", global_("torch", "FloatStorage"), key, "cpu", count)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.name if isinstance(value, Storage) else None


def pickled(value, protocol):
    out = io.BytesIO()
    Pickler(out, protocol).dump(value)
    return out.getvalue()


def checkpoints():
    for module in ("torch", "torch._utils"):
        sys.modules[module] = types.ModuleType(module)
    rebuild = global_("torch._utils", "_rebuild_tensor_v2")
    tensor = Call(rebuild, Storage("0", 6), 0, (2, 3), (3, 1), False, OrderedDict())
    turned = Call(rebuild, Storage("0", 6), 1, (2, 2), (1, 2), False, OrderedDict())
    state = OrderedDict(weight=tensor, bias=turned)
    run = {"epoch": 3, "lr": 0.5, "state_dict": state, "names": ["a", ("b", None)], "done": True}
    for protocol in (2, 4):
        entries = {"x/data.pkl": pickled(run, protocol), "x/byteorder": b"little",
                   "x/data/0": bytes(24)}
        put("checkpoint", f"archive-{protocol}", archive(entries))
        parts = [0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True,
                 "type_sizes": {"int": 4}}, state, ["0"]]
        data = b"".join(pickled(part, protocol) for part in parts)
        put("checkpoint", f"sequence-{protocol}", data + struct.pack("<Q", 6) + bytes(24))


def message(*fields):
    """Protobuf: a whole number is a varint, bytes and text are of their length, a float is of four bytes."""
    def varint(number):
        number, out = number & (1 << 64) - 1, b""
        while number > 127:
            number, out = number >> 7, out + bytes([number & 127 | 128])
        return out + bytes([number])

    out = b""
    for field, value in fields:
        if isinstance(value, int):
            out += varint(field << 3) + varint(value)
        elif isinstance(value, float):
            out += varint(field << 3 | 5) + struct.pack("<f", value)
        else:
            data = value.encode() if isinstance(value, str) else value
            out += varint(field << 3 | 2) + varint(len(data)) + data
    return out


def networks():
    def value(name, kind, *sizes):
        dims = [(1, message((1 if isinstance(size, int) else 2, size))) for size in sizes]
        tensor = message((1, kind), (2, message(*dims)))
        return message((1, name), (2, message((1, tensor))))

    weight = message((1, 2), (1, 3), (2, 1), (8, "w"), (9, bytes(24)))
    bias = message((1, 2), (2, 1), (8, "b"), (4, struct.pack("<ff", 1, 2)))
    outside = message((1, 2), (2, 1), (8, "e"), (14, 1),
                      (13, message((1, "location"), (2, "weights.bin"))))
    gemm = message((1, "x"), (1, "w"), (1, "b"), (2, "y"), (3, "n"), (4, "Gemm"),
                   (5, message((1, "transB"), (3, 1), (20, 2))),
                   (5, message((1, "alpha"), (2, 1.0), (20, 1))))
    branch = message((1, message((1, "y"), (2, "z"), (4, "Relu"))), (2, "then"),
                     (12, value("z", 1, 2)))
    odd = message((2, "c"), (4, "Constant"), (5, message((1, "value"), (5, bias), (20, 4))),
                  (5, message((1, "axes"), (8, 1), (8, -1), (20, 7))),
                  (5, message((1, "body"), (6, branch), (20, 5))),
                  (5, message((1, "mode"), (4, "linear"), (20, 3))))
    own = message((1, "f"), (4, "a"), (5, "b"), (6, "k"), (10, "own"), (9, message((2, 17))),
                  (7, message((1, "a"), (2, "b"), (4, "Elu"),
                              (5, message((1, "alpha"), (21, "k"), (20, 1))))))
    opset, metadata = message((1, ""), (2, 17)), message((1, "key"), (2, "text"))
    ends = [(11, value("x", 1, "batch", 3)), (12, value("y", 1, "batch", 2))]
    for name, nodes, stored in (("small", [gemm], [weight, bias]),
                                ("all", [gemm, odd], [weight, bias, outside])):
        graph = message((2, "g"), *((1, node) for node in nodes),
                        *((5, tensor) for tensor in stored), *ends)
        put("onnx", name, message((1, 8), (2, "p"), (7, graph), (8, opset), (14, metadata),
                                  (25, own)))


def main():
    networks()
    entries = {"a/b.txt": b"text", "c": bytes(40), "d/": b""}
    put("zip", "stored", archive(entries))
    put("zip", "deflated", archive(entries, zipfile.ZIP_DEFLATED))
    put("zip", "empty", archive({}))
    program = here.parent / "Tests" / "FileFormatsTests" / "program.json"
    put("pt2", "program", program.read_bytes())
    tensors = {"a": ("F32", [2, 3], 24), "b": ("BF16", [2], 4), "c": ("BOOL", [], 1),
               "d": ("F4", [2], 1), "e": ("U8", [0, 4], 0)}
    put("safetensors", "mixed", safetensors(tensors, {"format": "pt", "ä\n": "\\u0041"}))
    put("safetensors", "empty", safetensors({}))
    index = json.dumps({"metadata": {"total_size": 24, "x": [1, -2.5e3, None, True]},
                        "weight_map": {"a": "a"}}).encode()
    put("index", "one", index + b"\0" + safetensors({"a": ("F32", [2, 3], 24)}))
    put("index", "absent", b'{"weight_map":{"a":"b/../c","\\ud83d\\ude00":"/etc/passwd"}}')
    checkpoints()
    put("npy", "floats", npy("<f4", "(2, 3)", bytes(24)))
    put("npy", "big", npy(">i8", "(2,)", bytes(16), 2, True))
    put("npy", "half", npy("<f2", "()", bytes(2), 3))
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        arrays = {"x.npy": npy("<f4", "(2, 3)", bytes(24)), "y.npy": npy("|b1", "(1,)", bytes(1))}
        put("npz", name, archive(arrays, method))
    images = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 2, 2) + bytes(8)
    put("idx", "images", images)
    put("idx", "labels", gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 3) + bytes(3), mtime=0))
    put("idx", "doubles", struct.pack(">BBBBI", 0, 0, 14, 1, 1) + bytes(8))
    put("cifar", "two", (b"\3" + bytes(3072)) * 2)
    put("csv", "head", 'a,b,"c ""d"""\n1,2.5e3,x\n-4,nan,"y\nz"\n')
    put("csv", "crlf", "1,2,3\r\n4,5,6\r\n")
    put("csv", "gzip", gzip.compress(b"1,2\n3,4\n", mtime=0))
    put("gzip", "two", gzip.compress(b"abc" * 100, mtime=0) + gzip.compress(b"", mtime=0))
    for number, text in enumerate((
        "Integer(-3)", "Symbol('s0', positive=True, integer=True)", "8*((s0 + 7)//8)", "-s0 - 4",
        "Mul(Integer(8), FloorDiv(Add(Symbol('s0', positive=True, integer=True), Integer(7)), Integer(8)))",
        "Max(1, Min(s0, s1))", "(-1 + s0)**2", "s0%3", "9223372036854775807 + s0",
    )):
        put("size", str(number), text)
    leaf = {"type": None, "context": None, "children_spec": []}
    both = {"type": "builtins.dict", "context": '["a","b"]', "children_spec": [leaf, leaf]}
    whole = {"type": "builtins.tuple", "context": "null", "children_spec": [both, leaf]}
    put("tree", "nested", json.dumps([1, whole]))


main()
