import { PbfWriter } from "pbf";

/** Writes the fields of a protobuf message; numbers are those of TensorBoard's .proto files. */
export type Fields = (message: PbfWriter) => void;

const nested = (message: PbfWriter, field: number, fields: Fields): void =>
  message.writeMessage(field, (write, inner) => write(inner), fields);

function encoded(fields: Fields): Uint8Array {
  const message = new PbfWriter();
  fields(message);
  return message.finish();
}

/** An `Event` of event.proto. */
export const encodeEvent = (time: Date, step: number, content: Fields): Uint8Array =>
  encoded((event) => {
    event.writeDoubleField(1, time.getTime() / 1000);
    event.writeVarintField(2, step);
    content(event);
  });

/** The event that every file begins with. */
export const fileVersion: Fields = (event) => {
  event.writeStringField(3, "brain.Event:2");
  nested(event, 10, (metadata) => metadata.writeStringField(1, "dylora"));
};

/** A process begins at the event's step: readers drop what earlier files say of this step and later ones. */
export const sessionStart: Fields = (event) => nested(event, 7, (log) => log.writeVarintField(1, 1));

const summary =
  (...values: readonly Fields[]): Fields =>
  (event) =>
    nested(event, 5, (message) => {
      for (const value of values) nested(message, 1, value);
    });

/** Numbers by tag. */
export const scalars = (values: Readonly<Record<string, number>>): Fields =>
  summary(
    ...Object.entries(values).map(
      ([tag, number]): Fields =>
        (value) => {
          value.writeStringField(1, tag);
          value.writeFloatField(2, number);
        },
    ),
  );

/** A value that a plugin reads, with its metadata. */
const forPlugin =
  (tag: string, plugin: string, tensor: Fields, content?: Uint8Array): Fields =>
  (value) => {
    value.writeStringField(1, tag);
    nested(value, 9, (metadata) =>
      nested(metadata, 1, (data) => {
        data.writeStringField(1, plugin);
        if (content !== undefined) data.writeBytesField(2, content);
      }),
    );
    nested(value, 8, tensor);
  };

const [FLOAT, STRING] = [1, 7];

const tensorOf =
  (type: number, length: number, content?: Fields): Fields =>
  (tensor) => {
    tensor.writeVarintField(1, type);
    nested(tensor, 2, (shape) => nested(shape, 2, (dimension) => dimension.writeVarintField(1, length)));
    content?.(tensor);
  };

/** What the hparams plugin reads stands in the metadata; the tensor has no elements. */
const forHparams = (tag: string, field: number, info: Fields): Fields =>
  summary(
    forPlugin(
      `_hparams_/${tag}`,
      "hparams",
      tensorOf(FLOAT, 0),
      encoded((data) => nested(data, field, info)),
    ),
  );

/** The value of a setting, as the HPARAMS tab knows them. */
export type Hparam = string | number | boolean;

/** A `google.protobuf.Value`. */
const protobufValue =
  (hparam: Hparam): Fields =>
  (value) => {
    if (typeof hparam === "number") value.writeDoubleField(2, hparam);
    else if (typeof hparam === "string") value.writeStringField(3, hparam);
    else value.writeBooleanField(4, hparam);
  };

/** Settings of a run. TensorBoard finds out by itself which of them differ between runs, and what was measured. */
export const sessionStartInfo = (hparams: Readonly<Record<string, Hparam>>, time: Date): Fields =>
  forHparams("session_start_info", 3, (info) => {
    for (const [name, hparam] of Object.entries(hparams)) {
      nested(info, 1, (entry) => {
        entry.writeStringField(1, name);
        nested(entry, 2, protobufValue(hparam));
      });
    }
    info.writeDoubleField(5, time.getTime() / 1000);
  });

/** The run has ended, and well. */
export const sessionEndInfo = (time: Date): Fields =>
  forHparams("session_end_info", 4, (info) => {
    info.writeVarintField(1, 1);
    info.writeDoubleField(2, time.getTime() / 1000);
  });

/** A chart of the CUSTOM SCALARS tab: all numbers whose tags a pattern fits, in one picture. */
export interface ChartOfTags {
  /** Its title. */
  readonly title: string;
  /** A regular expression of Python. */
  readonly tag: string;
}

/** The layout of the CUSTOM SCALARS tab: one group of charts. */
export const chartLayout = (title: string, charts: readonly ChartOfTags[]): Fields => {
  const layout = encoded((message) =>
    nested(message, 2, (category) => {
      category.writeStringField(1, title);
      for (const chart of charts) {
        nested(category, 2, (one) => {
          one.writeStringField(1, chart.title);
          nested(one, 2, (lines) => lines.writeStringField(1, chart.tag));
        });
      }
    }),
  );
  const tensor = tensorOf(STRING, 1, (message) => message.writeBytesField(8, layout));
  return summary(forPlugin("custom_scalars__config__", "custom_scalars", tensor));
};
