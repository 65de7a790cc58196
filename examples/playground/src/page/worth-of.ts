import type { Curve } from "../api.ts";

/** What an adapter is worth at a rank, for people: how many classes are right, or its loss where there are none. */
export function worthAt({ losses, accuracies }: Curve, rank: number): string {
  const accuracy = accuracies[rank - 1];
  if (accuracy !== undefined) return `${Math.round(100 * accuracy)} % right`;
  return `loss ${(losses[rank - 1] ?? Number.NaN).toFixed(2)}`;
}

/** What a trained adapter is worth at its lowest and its highest rank, for people. */
export function worthOf(curve: Curve): string {
  const highest = curve.losses.length;
  return `On the held-back lines: ${worthAt(curve, 1)} at rank 1, and ${worthAt(curve, highest)} at rank ${highest}.`;
}
