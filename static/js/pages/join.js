// The key behind `#` reaches no server by itself; this brings it, once, and forgets it.
const key = location.hash.slice(1);

async function join() {
  history.replaceState(null, "", location.pathname);
  show("joining", true);
  const answer = await fetch("/api/join", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key }),
  }).catch(() => null);
  if (answer?.ok) {
    const { room, seat, knock } = await answer.json();
    location.replace(knock ? `/knock/${knock}` : `/room/${room}/${seat.role}`);
    return;
  }
  show("joining", false);
  show("used-up", true);
}

/** @param {string} id @param {boolean} is_shown */
function show(id, is_shown) {
  const element = document.getElementById(id);
  if (element) element.hidden = !is_shown;
}

if (key) join();
