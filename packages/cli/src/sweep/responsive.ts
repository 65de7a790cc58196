import { setImmediate } from "node:timers/promises";
import type { AdaptedModel } from "@dylora/lora-core";

/**
 * The same model, whose logits take a turn of the event loop to read. Engines that compute at once never wait, so that
 * a signal (Ctrl-C) would not arrive before the whole data set is through.
 */
export function responsive(adapted: AdaptedModel): AdaptedModel {
  return {
    ...adapted,
    forward(inputs, options) {
      const logits = adapted.forward(inputs, options);
      const read = logits.data.bind(logits);
      logits.data = async () => {
        await setImmediate();
        return read();
      };
      return logits;
    },
  };
}
