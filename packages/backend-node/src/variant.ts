/** Which of tfjs's two packages around libtensorflow a backend uses. */
export interface Variant {
  /** Identifier of the backend; our package is `@dylora/backend-<id>`. */
  readonly id: "node" | "node-gpu";
  /** tfjs's package. */
  readonly tfjsPackage: string;
  /** The only version it is known to work with. */
  readonly tfjsVersion: string;
}

/** libtensorflow on the CPU. */
export const nodeVariant: Variant = { id: "node", tfjsPackage: "@tensorflow/tfjs-node", tfjsVersion: "4.22.0" };

/** libtensorflow on an NVIDIA GPU. */
export const nodeGpuVariant: Variant = {
  id: "node-gpu",
  tfjsPackage: "@tensorflow/tfjs-node-gpu",
  tfjsVersion: "4.22.0",
};

/** tfjs's package in a few words, for messages. */
export const shortName = ({ tfjsPackage }: Variant): string => tfjsPackage.replace("@tensorflow/", "");

/** How to install tfjs's package. */
export const installation = ({ tfjsPackage, tfjsVersion }: Variant): string =>
  `npm install ${tfjsPackage}@${tfjsVersion}`;

/** How to link a libtensorflow that is on the machine. */
export const linkCommandOf = ({ id }: Variant): string => `npx @dylora/backend-${id} link --libtensorflow DIR`;
