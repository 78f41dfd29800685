import { expect, test } from "vitest";
import { readConfig } from "../../../src/config.ts";
import { exampleSettings, readPage, settingsOfTheProgram } from "../../support/readme.ts";

const COMPOSE_ONLY = "# --- Read by docker-compose.yml only ---";

const text = readPage(".env.example");
const entries = exampleSettings();
const composeOnly = new Set(
  [...text.split(COMPOSE_ONLY)[1]!.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name),
);
const own = entries.filter(({ name }) => !composeOnly.has(name));
const program = settingsOfTheProgram();

/** What the comment promises, up to the end of its sentence. */
const stated = (comment: string) => /Default: (\S+?)[.,]?(?= |$)/.exec(comment)?.[1];
const example = (comment: string) => /Example: (\S+)/.exec(comment)?.[1];

test("every setting of the program is explained once, and nothing else", () => {
  expect(own.map(({ name }) => name).toSorted()).toEqual([...program.keys()].toSorted());
});

test.each(own)(
  "$name: the stated default is the program's, and so is the value shown",
  ({ name, value, comment }) => {
    const expected = program.get(name);

    expect(stated(comment)).toBe(expected);
    expect(value).toBe(expected === "none" ? "" : expected);
  },
);

test("durations say their unit", () => {
  const durations = own.filter(({ name }) => name.endsWith("_MS"));

  expect(durations.length).toBeGreaterThan(0);
  expect(durations[0]?.comment).toMatch(/\bms\b/);
});

const RANGES: Record<string, [string, string]> = Object.fromEntries(
  own.flatMap(({ name, comment }) => {
    const range = /\b(\d+) to (\d+)\b/.exec(comment);
    return range && !name.startsWith("SEVEN_SENDER") ? [[name, [range[1]!, range[2]!]]] : [];
  }),
);

test.each(Object.entries(RANGES))(
  "%s takes both ends of its stated range and nothing beyond",
  (name, [min, max]) => {
    const read = (value: number) => () => readConfig({ SEVEN_API_KEY: "key", [name]: String(value) });

    expect(read(Number(min))).not.toThrow();
    expect(read(Number(max))).not.toThrow();
    expect(read(Number(max) + 1)).toThrow(name);
    if (Number(min) > 0) expect(read(Number(min) - 1)).toThrow(name);
  },
);

test("ranges are stated for every port, limit and duration", () => {
  const numeric = own.filter(({ name }) => /PORT$|_MS$|LIMIT|PER_SECOND/.test(name)).map(({ name }) => name);

  expect(Object.keys(RANGES)).toEqual(expect.arrayContaining(numeric.filter((name) => name !== "HOST")));
});

/** The file as a shell or docker compose reads it, with every line switched on. */
function switchedOn(): Record<string, string> {
  return Object.fromEntries(own.map(({ name, value }) => [name, value]));
}

test("as it is, the file sets nothing", () => {
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
});

test("with every line switched on it changes nothing", () => {
  expect(readConfig(switchedOn())).toEqual(readConfig({}));
});

test("every example is a usable value", () => {
  const examples = own.flatMap(({ name, comment }) => (example(comment) ? [[name, example(comment)!]] : []));
  const keys = { SEVEN_API_KEY: "key", TELEGRAM_GATEWAY_TOKEN: "token" };

  expect(examples.length).toBeGreaterThan(2);
  expect(() => readConfig({ ...switchedOn(), ...keys, ...Object.fromEntries(examples) })).not.toThrow();
});
