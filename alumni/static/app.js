// Comforts only: every page works without this file.
"use strict";

const words = document.body.dataset;

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.confirm && !form.dataset.sure) {
    event.preventDefault();
    ask(form, event.submitter);
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // A disabled button would not be sent with its form, so it is only marked.
  if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    delete form.dataset.sure;
  }
  for (const busy of document.querySelectorAll("button[aria-busy]")) busy.removeAttribute("aria-busy");
});

function ask(form, button) {
  const send = () => {
    form.dataset.sure = "yes";
    if (form.requestSubmit) form.requestSubmit(button);
    else form.submit();
  };
  if (!window.HTMLDialogElement) {
    if (window.confirm(form.dataset.confirm)) send();
    return;
  }
  const dialog = document.createElement("dialog");
  const question = document.createElement("p");
  const answers = document.createElement("div");
  const yes = document.createElement("button");
  const no = document.createElement("button");
  question.id = "question";
  question.textContent = form.dataset.confirm;
  dialog.setAttribute("aria-labelledby", question.id);
  answers.className = "tail";
  yes.className = button ? button.className : "button danger";
  yes.textContent = button ? button.textContent.trim() : "OK";
  no.className = "button quiet";
  no.textContent = words.cancel;
  no.autofocus = true;
  yes.addEventListener("click", () => {
    dialog.close();
    send();
  });
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (button) button.focus();
  });
  answers.append(no, yes);
  dialog.append(question, answers);
  document.body.append(dialog);
  dialog.showModal();
}

// Long work: fetch its part of the page again until that part says no more to ask.
function follow(part) {
  const seconds = Number(part.dataset.every) || 2;
  setTimeout(async () => {
    if (document.hidden) {
      follow(part);
      return;
    }
    try {
      const answer = await fetch(part.dataset.poll, { headers: { "X-Part": part.id } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = answer.ok && page.getElementById(part.id);
      if (next) {
        part.replaceWith(next);
        if (next.dataset.poll) follow(next);
        return;
      }
      if (answer.ok) {
        location.reload(); // the work is over, and the page has more to say than before
        return;
      }
    } catch {
      // The network comes and goes on a phone; the next turn asks again.
    }
    follow(part);
  }, seconds * 1000);
}
document.querySelectorAll("[data-poll]").forEach(follow);

// While typing: what the program reads in it (a name's pinyin, the chapter near a city).
for (const input of document.querySelectorAll("[data-look-up]")) {
  const found = input.parentElement.querySelector("output");
  let waiting;
  let latest = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const turn = ++latest;
      const typed = input.value.trim();
      let text = "";
      try {
        const separator = input.dataset.lookUp.includes("?") ? "&" : "?";
        const url = `${input.dataset.lookUp}${separator}q=${encodeURIComponent(typed)}`;
        const answer = typed && (await fetch(url));
        if (answer && answer.ok) text = await answer.text();
      } catch {
        text = "";
      }
      if (turn === latest) found.textContent = text;
    }, 300);
  });
}

// The address of a list says only what was answered.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// Whom the conditions in a form mean, told anew with each change.
for (const part of document.querySelectorAll("[data-preview]")) {
  const form = part.closest("form");
  let waiting;
  let latest = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const turn = ++latest;
      try {
        const answer = await fetch(part.dataset.preview, { method: "POST", body: new FormData(form) });
        const text = await answer.text();
        if (answer.ok && turn === latest) part.innerHTML = text;
      } catch {
        // What stood there before stays; the button beside it asks again.
      }
    }, 400);
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const before = button.innerHTML;
    button.textContent = words.copied;
    button.setAttribute("aria-live", "polite");
    setTimeout(() => {
      button.innerHTML = before;
    }, 2000);
  });
}

// Menus close by Escape and by a touch elsewhere.
const drops = document.querySelectorAll("[data-drop]");
document.addEventListener("click", (event) => {
  for (const drop of drops) if (!drop.contains(event.target)) drop.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const drop of drops) {
    if (!drop.open) continue;
    drop.open = false;
    drop.querySelector("summary").focus();
  }
});

const errors = document.getElementById("errors");
if (errors) errors.focus();
