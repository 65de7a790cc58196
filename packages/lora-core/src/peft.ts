/** A dense row-major tensor as plain data. */
export interface TensorData {
  /** Dimensions. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: Float32Array;
}

/** The two factors of a pair in PEFT's orientation: the module adds scale · B · A · x. */
export interface PeftPair {
  /** A `[r, in]`. */
  readonly A: TensorData;
  /** B `[out, r]`. */
  readonly B: TensorData;
}

/** The fields of PEFT's `LoraConfig` that an adapter decides. */
export interface PeftLoraConfig {
  /** Rank of the pairs, unless `rank_pattern` says otherwise. */
  readonly r: number;
  /** Alpha, unless `alpha_pattern` says otherwise. */
  readonly lora_alpha: number;
  /** Dropout on the input of A in training. */
  readonly lora_dropout: number;
  /** Adapted modules: a list of names or a pattern. */
  readonly target_modules: readonly string[] | string | null;
  /** Modules left out: names or a pattern. */
  readonly exclude_modules?: readonly string[] | string | null;
  /** Layers that are adapted, beside a list of names; null: all. */
  readonly layers_to_transform?: readonly number[] | number | null;
  /** Names before the number of a layer; null: any. */
  readonly layers_pattern?: readonly string[] | string | null;
  /** Modules trained whole. */
  readonly modules_to_save: readonly string[] | null;
  /** Ranks of single modules, by regular expression. */
  readonly rank_pattern: Readonly<Record<string, number>>;
  /** Alphas of single modules, by regular expression. */
  readonly alpha_pattern: Readonly<Record<string, number>>;
  /** True: the scale is alpha / √r. */
  readonly use_rslora: boolean;
  /** True when the base weight lies `[in, out]`, as GPT-2's Conv1D. A and B are never transposed. */
  readonly fan_in_fan_out: boolean;
}

/** An adapter in PEFT's form: what `readPeftAdapter` of `@dylora/io` gives and `writePeftAdapter` takes. */
export interface PeftAdapter {
  /** What messages call it. Default `the adapter`. */
  readonly name?: string;
  /** Configuration. */
  readonly config: PeftLoraConfig;
  /** Pairs by module path. */
  readonly tensors: ReadonlyMap<string, PeftPair>;
  /** Whole parameters by name, such as `classifier.dense.weight`. */
  readonly modulesToSave: ReadonlyMap<string, TensorData>;
  /** Names of `modules_to_save` of which the file holds nothing. Default none. */
  readonly lackingModules?: readonly string[];
}
