"""Columns in a form in which the values of different libraries can be compared bit for bit.

    numbers     a numpy array                texts and bytes   a list of bytes
    lists       ("list", lengths, items)     structures        {"name": column}
"""
import itertools

import numpy
import pyarrow

TIME, DURATION = "builtin_interfaces/msg/Time", "builtin_interfaces/msg/Duration"


def of_arrow(array):
    """A column as a reader delivers it. A value that is missing is an error of the caller's, so it is named."""
    if isinstance(array, pyarrow.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pyarrow.ChunkedArray):  # no chunk at all, or more than one of large texts
            array = pyarrow.concat_arrays(array.chunks) if array.num_chunks else pyarrow.array([], array.type)
    kind = array.type
    if pyarrow.types.is_dictionary(kind):
        return of_arrow(array.dictionary_decode())
    if array.null_count:
        raise ValueError(f"{array.null_count} values are missing")
    if pyarrow.types.is_struct(kind):
        return {kind.field(index).name: of_arrow(part) for index, part in enumerate(array.flatten())}
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return ("list", numpy.diff(array.offsets.to_numpy()).astype(numpy.int64), of_arrow(array.flatten()))
    if any(test(kind) for test in [pyarrow.types.is_string, pyarrow.types.is_large_string,
                                   pyarrow.types.is_string_view]):
        return [value.encode() for value in array.to_pylist()]
    if any(test(kind) for test in [pyarrow.types.is_binary, pyarrow.types.is_large_binary,
                                   pyarrow.types.is_binary_view]):
        return array.to_pylist()
    if pyarrow.types.is_boolean(kind):
        return array.to_numpy(zero_copy_only=False)
    if pyarrow.types.is_timestamp(kind):
        return array.cast(pyarrow.int64()).to_numpy()
    return array.to_numpy()


def difference(found, wanted, notes):
    """What is the first difference of two columns; None where there is none. Numbers are compared by their bits."""
    if type(found) is not type(wanted):
        return f"{type(found).__name__} instead of {type(wanted).__name__}"
    if isinstance(wanted, dict):
        if list(found) != list(wanted):
            return f"members {list(found)}, should be {list(wanted)}"
        return next((f"{name}: {text}" for name in wanted
                     if (text := difference(found[name], wanted[name], notes))), None)
    if isinstance(wanted, tuple):
        if not numpy.array_equal(found[1], wanted[1]):
            return f"lengths {found[1][:8]}, should be {wanted[1][:8]}"
        return difference(found[2], wanted[2], notes)
    if len(found) != len(wanted):
        return f"{len(found)} values, should be {len(wanted)}"
    if isinstance(wanted, list):
        row = next((index for index, pair in enumerate(zip(found, wanted)) if pair[0] != pair[1]), None)
        if row is None:
            return None
        if pair_is_replaced(found, wanted, notes):
            return None
        return f"row {row}: {found[row][:60]!r}, should be {wanted[row][:60]!r}"
    if found.dtype != wanted.dtype:
        return f"{found.dtype}, should be {wanted.dtype}"
    bits = {2: numpy.int16, 4: numpy.int32, 8: numpy.int64}
    if found.dtype.kind == "f":
        left, right = (values.view(bits[found.dtype.itemsize]) for values in (found, wanted))
        unequal = left != right
        if not unequal.any():
            return None
        # Through a double, as struct.unpack goes, a signalling NaN becomes a quiet one; the rest of its bits stay.
        quiet = {4: 1 << 22, 8: 1 << 51}[found.dtype.itemsize]
        only_quieted = numpy.isnan(found) & numpy.isnan(wanted) & ((left | quiet) == (right | quiet))
        if (unequal & ~only_quieted).any():
            row = int(numpy.flatnonzero(unequal & ~only_quieted)[0])
            return f"row {row}: {found[row]!r} {left[row]:x}, should be {wanted[row]!r} {right[row]:x}"
        notes["a signalling NaN is a quiet one after Python; ours keeps the recorded bits"] += int(unequal.sum())
        return None
    unequal = found != wanted
    if not unequal.any():
        return None
    row = int(numpy.flatnonzero(unequal)[0])
    return f"row {row}: {found[row]}, should be {wanted[row]}"


def pair_is_replaced(found, wanted, notes):
    """Whether texts differ only where the recorded ones are not UTF-8, which Parquet cannot hold."""
    for mine, theirs in zip(found, wanted):
        if mine != theirs and theirs.decode(errors="replace").encode() != mine:
            return False
    notes["text that is not UTF-8 has U+FFFD in Parquet, counted in the report"] += 1
    return True


def size(column):
    """How many values a column holds, those in lists counted one by one."""
    if isinstance(column, dict):
        return sum(size(part) for part in column.values())
    return size(column[2]) if isinstance(column, tuple) else len(column)


class Ros1Columns:
    """The columns of decoded ROS 1 messages, by the mapping that the manual states, from what rosbags delivers."""

    def __init__(self, store, message_type):
        self.store = store
        self.fields = []  # (name of the column, how to reach it, its type)
        self._flatten(message_type, "", lambda message: message)

    def _members(self, message_type):
        fields = self.store.get_msgdef(message_type).fields
        return [] if fields and fields[0][0] == "structure_needs_at_least_one_member" else fields

    def _flatten(self, message_type, prefix, reach):
        for name, description in self._members(message_type):
            inner = lambda message, name=name: getattr(reach(message), name)
            if int(description[0]) == 2 and description[1] not in [TIME, DURATION]:
                self._flatten(description[1], f"{prefix}{name}.", inner)
            elif self._exists(description):
                self.fields.append((prefix + name, inner, description))

    def _exists(self, description):
        """Whether a field has bytes: an array of no elements has none."""
        return not (int(description[0]) == 3 and description[1][1] == 0)

    def columns(self, messages):
        """By name, in order."""
        return {name: self._column(description, [reach(message) for message in messages])
                for name, reach, description in self.fields}

    def _column(self, description, values):
        node, kind = int(description[0]), description[1]
        if node == 1:
            return self._base(kind[0], values)
        if node == 2:
            return self._message(kind, values)
        element = kind[0]
        if int(element[0]) == 1 and element[1][0] in ["uint8", "char"]:
            return [bytes(value) for value in values]
        if int(element[0]) == 2 and element[1] not in [TIME, DURATION] and not self._members(element[1]):
            return numpy.array([len(value) for value in values], dtype=numpy.int64)  # only how many there are
        lengths = numpy.array([len(value) for value in values], dtype=numpy.int64)
        if int(element[0]) == 1 and element[1][0] != "string" and values:
            items = numpy.concatenate(values) if len(values) else numpy.array([])
            return ("list", lengths, self._base(element[1][0], items))
        return ("list", lengths, self._column(element, list(itertools.chain.from_iterable(values))))

    def _message(self, message_type, values):
        if message_type in [TIME, DURATION]:
            seconds = numpy.array([value.sec for value in values], dtype=numpy.int64)
            parts = numpy.array([value.nanosec for value in values], dtype=numpy.int64)
            if message_type == TIME:  # ROS 1 has 32 bits without sign; rosbags reads them with one
                seconds &= 0xFFFFFFFF
            else:  # and the other way round
                parts = parts.astype(numpy.uint32).view(numpy.int32).astype(numpy.int64)
            return seconds * 1_000_000_000 + parts
        return {name: self._column(description, [getattr(value, name) for value in values])
                for name, description in self._members(message_type) if self._exists(description)}

    def _base(self, kind, values):
        if kind == "string":
            return [value.encode() for value in values]
        if kind == "octet":  # byte is a signed number in ROS 1
            return numpy.array(values, dtype=numpy.uint8).view(numpy.int8)
        if kind == "uint32":  # in Parquet as INT64
            return numpy.array(values, dtype=numpy.int64)
        return numpy.array(values, dtype={"char": "uint8", "bool": "bool"}.get(kind, kind))
