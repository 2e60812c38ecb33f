(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  // own tooltips take the place of the browser's
  for (const svg of document.querySelectorAll("svg.chart")) {
    const title = svg.querySelector("title");
    svg.setAttribute("aria-label", title.textContent);
    svg.removeAttribute("aria-labelledby");
    title.remove();
  }
  const hide = () => { tip.hidden = true; };
  const show = (e) => {
    const text = e.target.dataset && e.target.dataset.tip;
    if (!text) return hide();
    tip.textContent = text;
    tip.hidden = false;
    const w = tip.offsetWidth, h = tip.offsetHeight, room = document.documentElement.clientWidth;
    const x = e.clientX + 16 + w > room ? e.clientX - w - 12 : e.clientX + 16;
    const y = e.clientY + 16 + h > innerHeight ? e.clientY - h - 12 : e.clientY + 16;
    tip.style.left = Math.max(4, Math.min(x, room - w - 4)) + "px";
    tip.style.top = Math.max(4, y) + "px";
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", hide, { passive: true });
  addEventListener("keydown", (e) => { if (e.key === "Escape") hide(); });
})();
