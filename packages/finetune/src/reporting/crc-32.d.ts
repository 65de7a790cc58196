/** The same functions as `crc-32` has, with Castagnoli's polynomial. The package has no types for this file. */
declare module "crc-32/crc32c.js" {
  const crc32c: Pick<typeof import("crc-32"), "buf">;
  export default crc32c;
}
