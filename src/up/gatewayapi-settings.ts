import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Beside src/ in a checkout, three folders up in dist/. */
const PLACES = ["../../providers/gatewayapi.json", "../../../providers/gatewayapi.json"];

/** The shipped provider file. @throws where it was not shipped along */
export function gatewayapiFile(): string {
  const file = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (file === undefined) throw new Error("providers/gatewayapi.json is missing in this installation");
  return file;
}

/** Settings that add the second SMS route and bring it to a twin. */
export function gatewayapiSettings({ url, token, secret }: { url: string; token: string; secret: string }) {
  return {
    HTTP_PROVIDERS: gatewayapiFile(),
    GATEWAYAPI_BASE_URL: url,
    GATEWAYAPI_TOKEN: token,
    GATEWAYAPI_SENDER: "otpost",
    GATEWAYAPI_WEBHOOK_SECRET: secret,
  };
}
