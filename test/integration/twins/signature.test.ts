import { describe, expect, it } from "vitest";
import { sign } from "../../../src/twins/seven/signature.ts";
import { signCallback } from "../../../src/twins/telegram-gateway/signature.ts";

const key = "example-signing-key";
const stamp = { timestamp: "1700000000", nonce: "0123456789abcdef0123456789abcdef" };

describe("seven's signature", () => {
  it.each([
    {
      method: "POST",
      url: "https://gateway.seven.io/api/sms",
      body: '{"to":"4915100000000","text":"Code 123456","from":"Acme"}',
      signature: "c2f4b8b9499d4a574cbb4b0703d3842e565ac15130ecb24870e08d2a62058f62",
    },
    {
      method: "GET",
      url: "https://gateway.seven.io/api/balance",
      body: "",
      signature: "21ac3a89931ca879d878638f430af0bc242c88cea7046fb8c329de6f33e54a35",
    },
    {
      method: "POST",
      url: "https://otp.example.com/hooks/seven?t=abc",
      body: '{"data":{"msg_id":"77000000001","status":"DELIVERED","timestamp":"2026-01-05 10:00:03.000000"},"webhook_event":"dlr","webhook_timestamp":"2026-01-05T10:00:03+01:00"}',
      signature: "2156a95f2e503da3dfac92830ee18324218c604d091fef126c378d3711e873e7",
    },
  ])("signs $method $url as the reference vector says", ({ signature, ...call }) => {
    expect(sign(key, { ...stamp, ...call })).toBe(signature);
  });
});

describe("Telegram Gateway's signature", () => {
  it("uses the raw bytes of the token's hash as key", () => {
    expect(signCallback("TEST_TOKEN", "1700000000", '{"request_id":"1","status":"delivered"}')).toBe(
      "8461a2ae615bd377bba246eaa9135367a1334b1db2929fe13d27a054e56a1be3",
    );
  });
});
