import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv4 } from "node:net";

/** What a name has: addresses of both kinds, or the name that it stands for. */
export type Zone = Record<string, { addresses?: string[]; cname?: string } | "broken">;

export type DnsServer = { address: string; close: () => Promise<void> };

const A = 1;
const CNAME = 5;
const AAAA = 28;
const NXDOMAIN = 3;
const SERVFAIL = 2;

/** A name server on loopback that knows nothing but `zone`. */
export async function startDnsServer(zone: Zone): Promise<DnsServer> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => socket.send(answer(query, zone), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

function answer(query: Buffer, zone: Zone): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at]!; size > 0; size = query[at]!) {
    labels.push(query.toString("ascii", at + 1, at + 1 + size));
    at += 1 + size;
  }
  const type = query.readUInt16BE(at + 1);
  const question = query.subarray(12, at + 5);
  const known = zone[labels.join(".").toLowerCase()];
  const records = known === undefined || known === "broken" ? [] : recordsOf(known, type);
  const code = known === undefined ? NXDOMAIN : known === "broken" ? SERVFAIL : 0;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, question, ...records]);
}

function recordsOf({ addresses = [], cname }: Exclude<Zone[string], "broken">, type: number): Buffer[] {
  if (type === CNAME) return cname === undefined ? [] : [record(CNAME, nameBytes(cname))];
  if (type === A) return addresses.filter((one) => isIPv4(one)).map((one) => record(A, v4Bytes(one)));
  if (type === AAAA) return addresses.filter((one) => !isIPv4(one)).map((one) => record(AAAA, v6Bytes(one)));
  return [];
}

function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function nameBytes(name: string): Buffer {
  const parts = name
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

const v4Bytes = (address: string) => Buffer.from(address.split(".").map(Number));

function v6Bytes(address: string): Buffer {
  const [left = "", right = ""] = address.split("::");
  const words = (part: string) =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const [front, back] = [words(left), words(right)];
  const all = [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 255]));
}
