"use strict";
(() => {
  const root = document.documentElement;
  const said = document.getElementById("said");
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch (_) { /* private mode */ } };

  const theme = document.getElementById("theme");
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { theme.textContent = dark() ? "Light" : "Dark"; theme.setAttribute("aria-label", `Switch to ${dark() ? "light" : "dark"} colours`); };
  try { if (localStorage.getItem("symqb-theme")) root.dataset.theme = localStorage.getItem("symqb-theme"); } catch (_) { /* private mode */ }
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    remember("symqb-theme", root.dataset.theme);
    label();
    document.dispatchEvent(new Event("themechange"));
  });
  label();

  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return; } catch (_) { /* no permission: by selection */ }
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    await copy(button.dataset.latex);
    said.textContent = button.dataset.said || "LaTeX copied";
    const before = button.textContent;
    button.textContent = "copied";
    setTimeout(() => { button.textContent = before; said.textContent = ""; }, 1200);
  });

  // a container that scrolls must be reachable by keyboard, one that does not must not be a stop
  const reach = () => document.querySelectorAll(".scroll, .tablewrap").forEach((box) => {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.classList.contains("scroll") ? "Formula, scrolls sideways" : "Table, scrolls sideways");
    } else { ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name)); }
  });
  addEventListener("resize", reach);
  document.addEventListener("toggle", reach, true);
  reach();

  document.querySelectorAll(".filters").forEach((group) => {
    const rows = document.querySelectorAll(`#${group.dataset.for} tbody tr`);
    group.addEventListener("click", (event) => {
      const pressed = event.target.closest("button");
      if (!pressed) return;
      group.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === pressed)));
      let shown = 0;
      rows.forEach((row) => {
        row.hidden = pressed.dataset.status !== "" && row.dataset.status !== pressed.dataset.status;
        shown += row.hidden ? 0 : 1;
      });
      said.textContent = `${shown} rows shown`;
    });
  });
})();
