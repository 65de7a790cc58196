import util from "node:util";

/**
 * tfjs-node 4.22.0 calls two functions that Node deprecates from 22 and lacks from 23 on; its fix was never released
 * (tensorflow/tfjs#8425, #8609). They are put back with their old meaning before it is imported.
 *
 * @param target module that tfjs-node finds them in
 * @param major version of Node
 */
export function restoreUtil(
  target: Record<string, unknown> = util as unknown as Record<string, unknown>,
  major: number = Number.parseInt(process.versions.node, 10),
): void {
  if (major < 22) return;
  target.isNullOrUndefined = (value: unknown) => value === null || value === undefined;
  target.isArray = Array.isArray;
}
