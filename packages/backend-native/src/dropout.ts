import { type DropoutKey, dropThreshold } from "@dylora/tensor";
import type { NativeDropout } from "./addon/addon.ts";

/** A dropout as the addon takes it; null where nothing would be dropped. */
export function nativeDropout(dropoutKey: DropoutKey | undefined): NativeDropout | null {
  const threshold = dropoutKey === undefined ? 0 : dropThreshold(dropoutKey.probability);
  if (dropoutKey === undefined || threshold === 0) return null;
  const { key, firstExample = 0, probability } = dropoutKey;
  return { key: key | 0, firstExample: firstExample | 0, limit: threshold - 1, keep: 1 / (1 - probability) };
}
