import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { callFault, cliVerbs, readPage, settingsOfTheProgram } from "../../support/readme.ts";

type Probe = { httpGet: { path: string; port: string } };
type Container = {
  args: string[];
  ports: { name: string; containerPort: number }[];
  livenessProbe: Probe;
  readinessProbe: Probe;
  startupProbe: Probe;
  securityContext: Record<string, unknown>;
  volumeMounts: { name: string; mountPath: string }[];
};
type Document = {
  kind: string;
  metadata: { name: string; namespace: string };
  spec: {
    selector?: { matchLabels?: Record<string, string> } & Record<string, unknown>;
    scaleTargetRef?: { name: string };
    ports?: { targetPort: string }[];
    triggers?: { metadata: { query: string } }[];
    template?: {
      metadata: { labels: Record<string, string> };
      spec: {
        terminationGracePeriodSeconds: number;
        securityContext: Record<string, unknown>;
        containers: Container[];
        volumes: { name: string }[];
      };
    };
  };
};

const UNITS = ["otpost-api.service", "otpost-worker@.service"].map((name) => `deploy/systemd/${name}`);
const documents = parseAllDocuments(readPage("deploy/kubernetes/otpost.yaml")).map(
  (document) => document.toJS() as Document,
);
const deployments = documents.filter(({ kind }) => kind === "Deployment");
const containerOf = ({ spec }: Document) => spec.template!.spec.containers[0]!;
const named = (list: readonly Document[]) =>
  list.map((document): [string, Document] => [document.metadata.name, document]);

/** Values of a key of a unit; a later line adds to an earlier one. */
function unitValues(unit: string, key: string): string[] {
  return [...readPage(unit).matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

test.each(UNITS)("%s calls a verb with settings that the program has", async (unit) => {
  const [start = ""] = unitValues(unit, "ExecStart");
  const words = start.split("dist/src/cli/main.js ")[1]!.split(" ");
  expect(callFault(await cliVerbs(), words)).toBeUndefined();
  const settings = unitValues(unit, "Environment").flatMap((line) => line.match(/[A-Z_]+(?==)/g) ?? []);
  const known = [...settingsOfTheProgram().keys(), "NODE_ENV"];
  expect(settings.filter((name) => !known.includes(name))).toEqual([]);
});

test.each(UNITS)("%s has time to drain, no rights, and stays down after a wrong setting", (unit) => {
  expect(Number(unitValues(unit, "TimeoutStopSec")[0])).toBeGreaterThanOrEqual(25);
  expect(unitValues(unit, "RestartPreventExitStatus")).toEqual(["78"]);
  for (const key of ["NoNewPrivileges", "ProtectHome", "PrivateTmp"]) {
    expect([key, unitValues(unit, key)]).toEqual([key, ["yes"]]);
  }
  expect(unitValues(unit, "CapabilityBoundingSet")).toEqual([""]);
});

test.each(named(deployments))("%s calls a verb that there is", async (_, document) => {
  expect(callFault(await cliVerbs(), containerOf(document).args)).toBeUndefined();
});

test.each(named(deployments))(
  "%s is probed where it answers, and never restarted for Redis",
  (_, document) => {
    const { livenessProbe, readinessProbe, startupProbe, ports } = containerOf(document);
    expect([livenessProbe, startupProbe].map(({ httpGet }) => httpGet.path)).toEqual(["/livez", "/livez"]);
    expect(readinessProbe.httpGet.path).toBe("/readyz");
    for (const { httpGet } of [livenessProbe, readinessProbe, startupProbe]) {
      expect(ports.map(({ name }) => name)).toContain(httpGet.port);
    }
  },
);

test.each(named(deployments))(
  "%s has time to drain, no rights, and writes to its own places only",
  (_, document) => {
    const { terminationGracePeriodSeconds, securityContext, volumes } = document.spec.template!.spec;
    const container = containerOf(document);
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(25);
    expect(securityContext).toMatchObject({ runAsNonRoot: true });
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const mounted = container.volumeMounts.map(({ name }) => name);
    expect(volumes.map(({ name }) => name).toSorted()).toEqual(mounted.toSorted());
  },
);

test("what chooses pods finds some, and ports are named as pods name them", () => {
  const labels = deployments.map(({ spec }) => spec.template!.metadata.labels);
  const choosers = documents.filter(({ kind }) => kind === "Service" || kind === "PodDisruptionBudget");
  expect(choosers).toHaveLength(4);
  for (const { spec } of choosers) {
    const wanted = Object.entries(spec.selector?.matchLabels ?? spec.selector ?? {});
    expect(labels.some((has) => wanted.every(([key, value]) => has[key] === value))).toBe(true);
  }
  const ports = new Set(deployments.flatMap((one) => containerOf(one).ports.map(({ name }) => name)));
  for (const { spec } of documents.filter(({ kind }) => kind === "Service")) {
    for (const { targetPort } of spec.ports ?? []) expect(ports).toContain(targetPort);
  }
});

test("workers grow by a metric that there is", () => {
  const [scaled] = documents.filter(({ kind }) => kind === "ScaledObject");
  expect(deployments.map(({ metadata }) => metadata.name)).toContain(scaled?.spec.scaleTargetRef?.name);
  const metric = /otp_\w+/.exec(scaled!.spec.triggers![0]!.metadata.query)![0];
  expect(readPage("docs/operations.md")).toContain(`| \`${metric}\``);
});
