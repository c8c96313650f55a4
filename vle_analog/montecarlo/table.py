"""The table of chips; its bytes depend on the rows alone, not on the way they were assembled."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

# given explicitly: a changed default of the library must not change the files
FORMAT = {
    "version": "2.6",
    "data_page_version": "1.0",
    "compression": "zstd",
    "compression_level": 1,
    "row_group_size": 65536,
    "use_dictionary": False,
    "write_statistics": True,
}


def to_table(rows: Sequence[Mapping[str, Any]]) -> "pa.Table":
    """Build a table, columns in the order of their first appearance; missing and non-finite values are null."""
    import pyarrow as pa

    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [_plain(row.get(name)) for row in rows] for name in names}
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def merged(tables: Iterable["pa.Table"]) -> "pa.Table":
    """Concatenate tables, columns in the order of their first appearance."""
    import pyarrow as pa

    tables = list(tables) or [pa.table({"sample": pa.array([], pa.int64())})]
    # rechunked, so that former boundaries do not show in the pages of the file
    return pa.concat_tables(tables, promote_options="permissive").combine_chunks()


def to_parquet(table: "pa.Table") -> bytes:
    """Return the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(None), sink, **FORMAT)
    return sink.getvalue().to_pybytes()


def from_parquet(content: bytes) -> "pa.Table":
    """Read a table from the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)


def _plain(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and math.isnan(value) else value
