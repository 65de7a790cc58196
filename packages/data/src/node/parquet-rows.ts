import { DyloraError, FormatError } from "@dylora/errors";
import { refuseLfsPointer } from "@dylora/io";
import { openFile } from "@dylora/io/node";
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { Row, RowRequest, Rows } from "./rows.ts";

/** Rows of a parquet file with flat columns, in any of the usual compressions. Only the chosen columns are read. */
export async function readParquetRows({ path, choose }: Omit<RowRequest, "onBrokenRow">): Promise<Rows> {
  const source = await openFile(path);
  try {
    refuseLfsPointer(await source.read(0, Math.min(256, source.size)), path);
    const file = {
      byteLength: source.size,
      async slice(start: number, end = source.size) {
        const bytes = await source.read(start, end - start);
        return bytes.buffer as ArrayBuffer;
      },
    };
    const metadata = await parquetMetadataAsync(file);
    const available = parquetSchema(metadata).children.map(({ element }) => element.name);
    const columns = choose(available);
    const objects = await parquetReadObjects({ file, metadata, columns: [...columns], compressors });
    const rows = objects.map((object, i): Row => ({ number: i + 1, values: columns.map((column) => object[column]) }));
    return { unit: "row", columns, rows };
  } catch (cause) {
    if (DyloraError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("bad_parquet", `${path} cannot be read as parquet: ${reason}`, { cause, details: { path } });
  } finally {
    await source.close();
  }
}
