// Reads one delivery a line, {"secret", "headers", "body"}, and has two libraries judge it.
// Prints one line each: "standardwebhooks=ok svix=ok", or what they objected to.
const readline = require("node:readline");
const standard = require("standardwebhooks");
const svix = require("svix");

function judge(verify) {
  try {
    verify();
    return "ok";
  } catch (error) {
    return error.constructor.name;
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { secret, headers, body } = JSON.parse(line);
  const first = judge(() => new standard.Webhook(secret).verify(body, headers));
  const second = judge(() => new svix.Webhook(secret).verify(body, headers));
  console.log(`standardwebhooks=${first} svix=${second}`);
});
