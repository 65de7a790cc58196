import { type DropoutPlace, dropThreshold } from "@dylora/tensor";
import type { NativeDropout } from "./addon/addon.ts";

/** A dropout as the addon takes it; null where nothing would be dropped. */
export function nativeDropout(place: DropoutPlace | undefined): NativeDropout | null {
  const threshold = place === undefined ? 0 : dropThreshold(place.probability);
  if (place === undefined || threshold === 0) return null;
  const { key, firstExample = 0, probability } = place;
  return { key: key | 0, firstExample: firstExample | 0, limit: threshold - 1, keep: 1 / (1 - probability) };
}
