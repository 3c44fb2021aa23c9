// @vitest-environment node
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundleInside, isPdf } from "./certificate.ts";

const BUNDLE = '{"anchor":{},"format":"ipx/evidence/v1"}';

function pdf(...streams: [string, Uint8Array | string][]): Uint8Array {
  const parts = [Buffer.from("%PDF-1.7\n")];
  streams.forEach(([dictionary, content], index) => {
    parts.push(Buffer.from(`${index + 1} 0 obj\n<< ${dictionary} >>\nstream\n`, "latin1"));
    parts.push(Buffer.from(content));
    parts.push(Buffer.from("\nendstream\nendobj\n", "latin1"));
  });
  return new Uint8Array(Buffer.concat(parts));
}

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes && new TextDecoder().decode(bytes);

describe("a certificate", () => {
  it("gives its bundle, compressed or not, among other streams", async () => {
    const page: [string, string] = ["/Length 9", "BT (x) Tj"];
    expect(text(await bundleInside(pdf(page, ["/Type /EmbeddedFile", BUNDLE])))).toBe(BUNDLE);
    const packed: [string, Uint8Array] = ["/Filter /FlateDecode", deflateSync(BUNDLE)];
    expect(text(await bundleInside(pdf(page, packed)))).toBe(BUNDLE);
  });

  it("without one gives nothing, however damaged", async () => {
    expect(await bundleInside(pdf(["/Length 1", "x"]))).toBeUndefined();
    expect(await bundleInside(pdf(["/Filter /FlateDecode", "not deflate"]))).toBeUndefined();
    expect(await bundleInside(pdf(["/Length 1", "x"]).subarray(0, 40))).toBeUndefined();
  });

  it("is known by its first bytes", () => {
    expect(isPdf(pdf())).toBe(true);
    expect(isPdf(new TextEncoder().encode(BUNDLE))).toBe(false);
  });
});
