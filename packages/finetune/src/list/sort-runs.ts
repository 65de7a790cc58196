import { ConfigError } from "@dylora/errors";
import type { ListedRun } from "@dylora/report";
import { trainingSettings } from "../settings/training-settings.ts";

type Key = (run: ListedRun) => string | number | undefined;

interface Order {
  readonly key: Key;
  /** The largest first. */
  readonly falling: (run: ListedRun) => boolean;
}

const rising = () => false;
const falling = () => true;

/** A metric that should fall has its best at the bottom. */
const bestFirst = ({ metric }: ListedRun): boolean => metric?.higherIsBetter !== false;

const metricAt = (rank: number | undefined): Key => {
  return ({ metrics }) => {
    const found = rank === undefined ? metrics.at(-1) : metrics.find((candidate) => candidate.rank === rank);
    return found?.metric;
  };
};

const orders: Readonly<Record<string, Order>> = {
  name: { key: ({ name }) => name, falling: rising },
  state: { key: ({ state }) => state, falling: rising },
  created: { key: ({ created }) => created, falling },
  steps: { key: ({ step }) => step, falling },
  time: { key: ({ seconds }) => seconds, falling: rising },
  metric: { key: metricAt(undefined), falling: bestFirst },
};

function orderOf(by: string): Order {
  const [, rank] = /^rank[ _:-]?(\d+)$/.exec(by) ?? [];
  if (rank !== undefined) return { key: metricAt(Number(rank)), falling: bestFirst };
  if (Object.hasOwn(orders, by)) return orders[by] as Order;
  if (Object.hasOwn(trainingSettings, by)) {
    const key: Key = ({ settings }) => {
      const value = settings[by];
      return typeof value === "number" ? value : value === undefined || value === null ? undefined : String(value);
    };
    return { key, falling: rising };
  }
  throw new ConfigError(
    "bad_option",
    `'sort' is ${by}; it must be ${Object.keys(orders).join(", ")}, rank8 for the metric at rank 8, or a setting such as lr`,
  );
}

const isThere = (value: string | number | undefined): value is string | number =>
  value !== undefined && !Number.isNaN(value);

function compared(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/**
 * Puts runs into an order. Those that lack what it goes by come last; the rest of the order stays as it was.
 *
 * @throws ConfigError `bad_option`
 */
export function sortRuns(runs: readonly ListedRun[], by: string): ListedRun[] {
  const order = orderOf(by);
  return [...runs].sort((one, other) => {
    const [a, b] = [order.key(one), order.key(other)];
    if (!isThere(a) || !isThere(b)) return Number(isThere(b)) - Number(isThere(a));
    return order.falling(one) ? compared(b, a) : compared(a, b);
  });
}
