import { badSetting, checkCount } from "./bad-setting.ts";
import { type BeamSearchOptions, beamDecoder } from "./beam-decoder.ts";
import type { Decoding } from "./decoding.ts";
import { greedy } from "./greedy.ts";

function checkBeamSearch({
  numBeams,
  lengthPenalty = 1,
  earlyStopping = false,
  numReturnSequences = 1,
}: BeamSearchOptions): void {
  checkCount("numBeams", numBeams, 1);
  if (!Number.isFinite(lengthPenalty)) throw badSetting("lengthPenalty", lengthPenalty, "a number");
  if (![true, false, "never"].includes(earlyStopping)) {
    throw badSetting("earlyStopping", earlyStopping, 'true, false or "never"');
  }
  checkCount("numReturnSequences", numReturnSequences, 1, numBeams);
}

/**
 * Beam search as transformers 5 does it (`num_beams`, `length_penalty`, `early_stopping`, `num_return_sequences`): at
 * each step the best `numBeams` texts by summed log-probability go on, and texts that end are ranked by that sum divided by
 * length ^ `lengthPenalty`. Unlike there, a prompt that is done leaves the batch.
 *
 * @throws ConfigError `bad_generation` naming the setting
 *
 * @example
 * ```ts
 * import { beamSearch } from "@dylora/generation";
 *
 * const decoding = beamSearch({ numBeams: 10, lengthPenalty: 0.8 }); // as the LoRA paper generates
 * console.log(decoding.numReturnSequences, decoding.streams); // 1 false
 * ```
 */
export function beamSearch(options: BeamSearchOptions): Decoding {
  checkBeamSearch(options);
  if (options.numBeams === 1) return greedy();
  return {
    numReturnSequences: options.numReturnSequences ?? 1,
    streams: false,
    start: (task) => beamDecoder(options, task),
  };
}
