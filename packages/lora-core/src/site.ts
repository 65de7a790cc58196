/** A slice of a fused site's output that can carry a pair of its own, such as the queries in GPT-2's `c_attn`. */
export interface SitePart {
  /** Name, appended to the site's path after a dot. */
  readonly name: string;
  /** First output feature. */
  readonly offset: number;
  /** Number of output features. */
  readonly size: number;
}

/** A linear layer of a frozen model on which a LoRA pair can sit. Models declare these; nothing else names them. */
export interface AdaptableSite {
  /** Dotted module path in the Hugging Face model, for instance `roberta.encoder.layer.0.attention.self.query`. */
  readonly path: string;
  /** Columns of the layer's input. */
  readonly inFeatures: number;
  /** Columns of its output. */
  readonly outFeatures: number;
  /** How the weight `<path>.weight` lies in the file: `out-in` (torch.nn.Linear) or `in-out` (GPT-2's Conv1D). */
  readonly layout: "out-in" | "in-out";
  /** Slices of a fused output. */
  readonly parts?: readonly SitePart[];
}

/** A place chosen for a pair: a whole site, or one part of it. */
export interface Target {
  /** Path of the site, with `.<part>` where a part was chosen. */
  readonly path: string;
  /** The site. */
  readonly site: AdaptableSite;
  /** The part, when not the whole output is adapted. */
  readonly part?: SitePart;
  /** Output features of the pair. */
  readonly outFeatures: number;
}

/** Every place where the sites of a model let a pair sit: each site, then its parts. */
export function allTargets(sites: readonly AdaptableSite[]): Target[] {
  return sites.flatMap((site): Target[] => [
    { path: site.path, site, outFeatures: site.outFeatures },
    ...(site.parts ?? []).map((part) => ({
      path: `${site.path}.${part.name}`,
      site,
      part,
      outFeatures: part.size,
    })),
  ]);
}
