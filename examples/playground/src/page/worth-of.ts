import type { Curve } from "../api.ts";

/** What a trained adapter is worth at its lowest and its highest rank, for people. */
export function worthOf({ losses, accuracies }: Curve): string {
  const [low, high] = accuracies.length > 0 ? [accuracies[0], accuracies.at(-1)] : [losses[0], losses.at(-1)];
  const show = (value = Number.NaN) => (accuracies.length > 0 ? `${Math.round(100 * value)} %` : value.toFixed(2));
  const what = accuracies.length > 0 ? "classes right" : "loss";
  return `On the held-back lines: ${what} at rank 1 ${show(low)}, at rank ${losses.length} ${show(high)}.`;
}
