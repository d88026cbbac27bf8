// The latent explorer where no Python runs: its pictures, made by frames.py, lie in one file, in the order of the sliders.
// For every start: four directions, the ways towards ten digits, the walk.
const SIDE = 32, TOWARDS = 4, WALK = 14, ROWS = 15;

function explore(box) {
  const numbers = JSON.parse(box.querySelector("script").textContent);
  const sprite = box.querySelector("img");
  const [sample, neighbour, places] = box.querySelectorAll("canvas");
  const sliders = [...box.querySelectorAll("input")];
  const digit = box.querySelector("select");
  const [towards, walk] = sliders.slice(TOWARDS);
  let active = walk;
  let start = 0;

  const place = (slider) => Math.round((slider.value - slider.min) / slider.step);

  // The number of the moved slider's first picture, for this start and this digit.
  function first() {
    const row = active === walk ? WALK : sliders.indexOf(active) + (active === towards ? Number(digit.value) : 0);
    return (start * ROWS + row) * numbers.stations;
  }

  function paint(canvas, tile, left, side) {
    const x = (tile % numbers.columns) * SIDE;
    const y = Math.floor(tile / numbers.columns) * SIDE;
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(left, 0, side, side);
    context.drawImage(sprite, x, y, SIDE, SIDE, left, 0, side, side);
  }

  function draw() {
    const here = first() + place(active);
    paint(sample, here, 0, sample.width);
    paint(neighbour, numbers.nearest[here], 0, neighbour.width);
    box.querySelector("output").textContent = numbers.distances[here].toFixed(1);
    box.querySelector("span").textContent = active.labels[0].textContent.trim();
    const cell = places.width / numbers.stations;
    const context = places.getContext("2d");
    context.clearRect(0, 0, places.width, places.height);
    for (let i = 0; i < numbers.stations; i++) paint(places, first() + i, i * cell, cell - 4);
    context.fillStyle = getComputedStyle(box).color;
    context.fillRect(place(active) * cell, cell, cell - 4, 4);
  }

  function move(slider) {
    active = slider;
    for (const other of sliders) if (other !== active) other.value = other.defaultValue;
    draw();
  }

  for (const slider of sliders) slider.addEventListener("input", () => move(slider));
  digit.addEventListener("change", () => move(towards));
  box.querySelector("button").addEventListener("click", () => {
    start = (start + 1) % numbers.starts;
    draw();
  });
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] }); // the line's colour
  sprite.decode().then(draw);
}

document.querySelectorAll(".explorer").forEach(explore);
