import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { ConfigError, checkWhole, ResourceError } from "@dylora/errors";
import { type OpenAdapterOptions, openAdapter, type TunedModel } from "@dylora/finetune";
import { type BatcherOptions, createBatcher } from "./batcher.ts";
import { checkSteps } from "./load-policy.ts";
import { createRoutes, type RouteLimits } from "./routes.ts";
import { createTurns } from "./turns.ts";
import { folderState, watchFolder } from "./watch-folder.ts";

/** Where and how an adapter is served. */
export interface ServeOptions
  extends BatcherOptions,
    Partial<RouteLimits>,
    Pick<OpenAdapterOptions, "base" | "model" | "models" | "backend" | "log"> {
  /** Port; 0 takes any that is free. Default 8080. */
  readonly port?: number | undefined;
  /** Address to listen at. Default 127.0.0.1, which other machines cannot reach. */
  readonly host?: string | undefined;
  /**
   * Opens the adapter anew when its folder changes: true looks every second, a number every so many milliseconds. Default
   * false.
   */
  readonly watch?: boolean | number | undefined;
  /** Texts that are written side by side; more wait for their turn. Default 4. */
  readonly maxGenerating?: number | undefined;
  /** Milliseconds that `close` waits for requests in hand before it drops their connections. Default 5,000. */
  readonly closeTimeout?: number | undefined;
}

/** A server that answers. */
export interface Server extends AsyncDisposable {
  /** Where it answers, such as `http://127.0.0.1:8080`. */
  readonly address: string;
  /** The model in use. */
  readonly model: TunedModel;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /**
   * Opens an adapter beside the one in use and puts it in its place between two batches. Where that fails, the old one stays
   * in service.
   *
   * @param name folder or hub name. Default: the one in use, read anew
   * @throws as `openAdapter`
   */
  reload(name?: string): Promise<void>;
  /** Answers what has arrived, stops listening, and closes the models that it opened. */
  close(): Promise<void>;
}

/**
 * Serves a trained adapter over HTTP, at the rank that each request asks for.
 *
 * - `POST /predict` with `{ text, text_pair?, rank? }`;
 * - `POST /generate` with `{ prompt, rank?, max_new_tokens?, stream? }`; with `stream` as server-sent events. In place of
 *   `prompt`, `context` is data that becomes a prompt in the form of the training;
 * - `GET /` says what is served, `GET /health` that it runs.
 *
 * @param adapter folder or hub name, or an open model, which stays yours to close
 * @throws ConfigError `bad_option` and as `openAdapter`; Node's error where the port is taken
 *
 * @example
 * ```ts
 * import { serve } from "@dylora/serving";
 *
 * const options = { base: "examples/quickstart/model", backend: "wasm", port: 0 };
 * const server = await serve("examples/quickstart/adapter", options);
 * const headers = { "content-type": "application/json" };
 * const body = JSON.stringify({ text: "The Eagle has a low customer rating.", rank: 2 });
 * const answer = await fetch(`${server.address}/predict`, { method: "POST", headers, body });
 * console.log(await answer.json());
 * await server.close();
 * ```
 */
export async function serve(adapter: string | TunedModel, options: ServeOptions = {}): Promise<Server> {
  const { port = 8080, host = "127.0.0.1", watch = false, maxGenerating = 4, closeTimeout = 5_000 } = options;
  const { base, model: family, models, backend, log, maxBatchSize, maxWaiting = 512, steps = [] } = options;
  checkWhole("bad_option", "port", port, { min: 0, max: 65_535 });
  checkWhole("bad_option", "maxGenerating", maxGenerating, { min: 1 });
  checkWhole("bad_option", "closeTimeout", closeTimeout, { min: 0 });
  checkSteps(steps);
  const interval = watch === true ? 1_000 : watch;
  if (interval !== false) checkWhole("bad_option", "watch", interval, { min: 1 });
  const open = (name: string): Promise<TunedModel> =>
    openAdapter(name, {
      ...(base === undefined ? {} : { base }),
      ...(family === undefined ? {} : { model: family }),
      ...(backend === undefined ? {} : { backend }),
      models,
      log,
    });

  // Before it is read, so that a change meanwhile is not missed.
  const watched = typeof adapter === "string" ? adapter : adapter.name;
  const first = interval === false ? "" : await folderState(watched);
  if (interval !== false && first === "")
    log?.(`${watched} is not a folder that can be read, so a change is not noticed`);
  const isOurs = typeof adapter === "string";
  let current = isOurs ? await open(adapter) : adapter;
  const theirs = isOurs ? undefined : adapter;
  const release = async (model: TunedModel): Promise<void> => {
    if (model !== theirs) await model.close();
  };
  let since = new Date();
  const generates = current.kind === "generation";

  const start = () => {
    const batcher = generates ? undefined : createBatcher(current, { maxBatchSize, maxWaiting, steps });
    const turns = createTurns(maxGenerating, maxWaiting);
    return { batcher, turns };
  };
  const closingModel = async (error: unknown): Promise<never> => {
    await release(current);
    throw error;
  };
  let parts: ReturnType<typeof start>;
  try {
    parts = start();
  } catch (error) {
    return closingModel(error);
  }
  const { batcher, turns } = parts;
  const waiting = (): number => batcher?.waiting ?? turns.waiting;
  const routes = createRoutes(
    {
      batcher,
      turns,
      steps,
      model: () => current,
      about: () => ({ since: since.toISOString(), waiting: waiting() }),
      log,
    },
    options,
  );
  const sockets = new Set<Socket>();
  routes.server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const address = await routes.listen({ host, port }).catch(closingModel);

  async function replace(name: string): Promise<void> {
    const next = await open(name);
    const old = current;
    if ((next.kind === "generation") !== generates) {
      await next.close();
      const kinds = `${name} is for ${next.kind}, and ${old.name} for ${old.kind}`;
      throw new ConfigError("wrong_architecture", `${kinds}; start another server for it`);
    }
    current = next;
    since = new Date();
    await batcher?.swap(next);
    await turns.idle(old);
    await release(old);
    log?.(`${name} is in service`);
  }

  let closing: Promise<void> | undefined;
  let reloading: Promise<void> = Promise.resolve();
  const reload = (name = current.name): Promise<void> => {
    if (closing !== undefined) return Promise.reject(new ResourceError("closed", "the server is closed"));
    const done = reloading.then(() => replace(name));
    reloading = done.catch(() => undefined); // the next one goes on all the same
    return done;
  };
  const watcher =
    interval === false
      ? undefined
      : watchFolder(
          () => current.name,
          first,
          interval,
          async () => {
            try {
              await reload();
            } catch (error) {
              log?.(
                `the old adapter stays in service, because the changed one cannot be used: ${(error as Error).message}`,
              );
            }
          },
        );

  async function shut(): Promise<void> {
    await watcher?.close();
    await reloading;
    const impatience = new AbortController();
    delay(closeTimeout, undefined, { signal: impatience.signal }).then(
      () => routes.server.closeAllConnections(),
      () => undefined,
    );
    const closed = routes.close();
    // Clients connect ahead of their requests; Node does not count such a connection as idle and would wait for it.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    await closed;
    await batcher?.close();
    await turns.idle(current);
    impatience.abort();
    await release(current);
  }
  const close = (): Promise<void> => {
    closing ??= shut();
    return closing;
  };
  return {
    address,
    get model() {
      return current;
    },
    get waiting() {
      return waiting();
    },
    reload,
    close,
    [Symbol.asyncDispose]: close,
  };
}
