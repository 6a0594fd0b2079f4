// Sessions, and what the browsers and programs that hold them call themselves.
import { visible } from "./dom.js";

const BROWSERS = [[/\bEdg(?:e|A|iOS)?\/(\d+)/, "Edge"], [/\bOPR\/(\d+)/, "Opera"], [/\bFirefox\/(\d+)/, "Firefox"], [/\bFxiOS\/(\d+)/, "Firefox"],
  [/\bHeadlessChrome\/(\d+)/, "Chrome"], [/\bChromium\/(\d+)/, "Chromium"], [/\bCriOS\/(\d+)/, "Chrome"], [/\bChrome\/(\d+)/, "Chrome"],
  [/\bVersion\/(\d+).*\bSafari\//, "Safari"]];
const SYSTEMS = [[/\bAndroid\b/, "Android"], [/\b(?:iPhone|iPad|iPod)\b/, "iOS"], [/\bCrOS\b/, "ChromeOS"], [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"], [/\bLinux\b/, "Linux"]];

/** `Firefox 134 on Linux`, or what it calls itself where that is no browser's way; hostile marks made visible. */
export function browserName(agent) {
  const text = visible(agent || "");
  if (!/^Mozilla\/5\.0 \(/.test(text)) return text || "A program without a name";
  const browser = BROWSERS.map(([pattern, name]) => [name, pattern.exec(text)?.[1]]).find(([, version]) => version);
  const system = SYSTEMS.find(([pattern]) => pattern.test(text))?.[1];
  return browser ? `${browser.join(" ")}${system ? ` on ${system}` : ""}` : text;
}

/** The sessions without those that have been replaced under a new token: those count as used until their end, which is
 *  moments away. */
export function own(sessions) {
  return sessions.filter((session) => session.current || session.last_used_at < session.expires_at);
}
