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
  });
  label();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);

  const copy = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch (_) { /* no permission: by selection */ }
    const area = document.createElement("textarea"), focused = document.activeElement;
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (focused) focused.focus();
    return done;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const done = await copy(button.dataset.latex);
    said.textContent = done ? button.dataset.said || "LaTeX copied" : "The browser does not let this page copy";
    // pressed twice in a row, the button still finds its own words again
    button.dataset.words = button.dataset.words || button.textContent;
    button.textContent = done ? "copied" : "not copied";
    setTimeout(() => { button.textContent = button.dataset.words; said.textContent = ""; }, 1200);
  });

  // a container that scrolls must be reachable by keyboard, one that does not must not be a stop
  const name = (box) => {
    const about = box.closest(".formula")?.querySelector("button.copy")?.getAttribute("aria-label");
    return box.classList.contains("scroll")
      ? `${(about || "formula").replace("TeX: copy the ", "")}, scrolls sideways`
      : `Table ${box.querySelector("caption")?.textContent || ""}, scrolls sideways`;
  };
  const reach = (root) => {
    const boxes = [...root.querySelectorAll(".scroll, .tablewrap")];
    boxes.forEach((box) => box.removeAttribute("tabindex")); // it has room of its own at the end
    const wide = boxes.map((box) => box.scrollWidth > box.clientWidth + 1);
    boxes.forEach((box, k) => {
      if (wide[k]) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", name(box));
      } else { ["tabindex", "role", "aria-label"].forEach((attribute) => box.removeAttribute(attribute)); }
    });
  };
  addEventListener("resize", () => reach(document));
  document.addEventListener("toggle", (event) => reach(event.target), true);
  reach(document);

  document.querySelectorAll(".filters").forEach((group) => {
    const rows = [...document.querySelectorAll(`#${group.dataset.for} tbody tr`)];
    const buttons = [...group.querySelectorAll("button")], menus = [...group.querySelectorAll("select")];
    const words = group.querySelector("input"), texts = new Map();
    const text = (row) => {
      if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
      return texts.get(row);
    };
    const apply = () => {
      const pressed = buttons.find((button) => button.getAttribute("aria-pressed") === "true");
      const wanted = { ...pressed.dataset };
      menus.forEach((menu) => { wanted[menu.dataset.facet] = menu.value; });
      const sought = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row) => {
        row.hidden = Object.entries(wanted).some(([facet, value]) => value !== "" && row.dataset[facet] !== value)
          || sought.some((word) => !text(row).includes(word));
        shown += row.hidden ? 0 : 1;
      });
      said.textContent = `${shown} rows shown`;
      const caption = document.querySelector(`#${group.dataset.for} caption span`);
      caption.dataset.all = caption.dataset.all || caption.textContent;
      caption.textContent = shown === rows.length ? caption.dataset.all : `${shown} of ${rows.length} rows`;
      reach(document.getElementById(group.dataset.for));
    };
    const press = (chosen) => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === chosen)));
    buttons.forEach((button) => button.addEventListener("click", () => { press(button); apply(); }));
    menus.forEach((menu) => menu.addEventListener("change", apply));
    words.addEventListener("input", apply);
    // a link to a row must find it
    addEventListener("hashchange", () => {
      const row = rows.find((candidate) => `#${candidate.id}` === location.hash);
      if (!row || !row.hidden) return;
      press(buttons[0]);
      menus.forEach((menu) => { menu.value = ""; });
      words.value = "";
      apply();
      row.scrollIntoView();
    });
  });

  // once its height is known, what is out of sight need not be drawn; another width, another height
  let settling = 0, width = 0;
  const settle = () => {
    if (innerWidth === width) return;
    width = innerWidth;
    root.classList.remove("settled");
    clearTimeout(settling);
    settling = setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => root.classList.add("settled"))), 300);
  };
  addEventListener("load", settle);
  addEventListener("resize", settle);

  const links = new Map([...document.querySelectorAll("nav.bar a")].map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
      links.forEach((link, id) => {
        if (id === entry.target.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
      // sideways only, and not the page
      const link = links.get(entry.target.id), list = link.closest("ul");
      list.scrollLeft = link.offsetLeft - list.offsetLeft - 40;
    });
  }, { rootMargin: "-20% 0px -75% 0px" });
  links.forEach((_, id) => { if (document.getElementById(id)) seen.observe(document.getElementById(id)); });
})();
