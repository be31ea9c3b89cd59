// The key behind `#` reaches no server by itself; this brings it, once, and forgets it.
const key = location.hash.slice(1);

/** @param {string[]} leave the sessions whose leaving was answered with yes */
async function join(leave = []) {
  history.replaceState(null, "", location.pathname);
  show("in-session", false);
  show("joining", true);
  const answer = await fetch("/api/join", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key, asks: true, leave }),
  }).catch(() => null);
  if (answer?.ok) {
    const { room, seat, knock } = await answer.json();
    const left = leave.length > 0 ? `?${new URLSearchParams(leave.map((one) => ["leave", one]))}` : "";
    location.replace(knock ? `/knock/${knock}${left}` : `/room/${room}/${seat.role}`);
    return;
  }
  show("joining", false);
  const problem = await answer?.json().catch(() => null);
  if (problem?.code === "in_session") ask();
  else show("used-up", true);
}

/** This browser is in another session: the key is not used yet. */
function ask() {
  const button = document.getElementById("leave-and-join");
  if (!button) {
    location.hash = key; // it has begun since this page was made
    location.reload();
    return;
  }
  show("in-session", true);
  button.hidden = false;
  button.addEventListener("click", () => join(button.dataset.leave?.trim().split(/\s+/)), { once: true });
}

/** @param {string} id @param {boolean} is_shown */
function show(id, is_shown) {
  const element = document.getElementById(id);
  if (element) element.hidden = !is_shown;
}

if (key) join();
