/** Lowest Node that runs the pinned tools (package.json, engines). */
const LOWEST = [20, 19];

/** What to tell the owner of a Node that is too old, or undefined when it will do. */
export function nodeComplaint(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const newEnough = major > LOWEST[0] || (major === LOWEST[0] && minor >= LOWEST[1]);
  return newEnough
    ? undefined
    : `Node ${LOWEST.join(".")} or newer is needed, this is ${version}. Get it from https://nodejs.org/`;
}
