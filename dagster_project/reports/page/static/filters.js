// Shows the rows of one slice at a time. Without a script every row is there, and no choice is offered.
for (const select of document.querySelectorAll("select[data-filters]")) {
  const rows = [...document.getElementById(select.dataset.filters).tBodies[0].rows];
  const count = select.parentElement.querySelector("output");
  select.parentElement.hidden = false;
  const show = () => {
    for (const row of rows) row.hidden = select.value !== "" && row.dataset.group !== select.value;
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  select.addEventListener("change", show);
  show();
}
