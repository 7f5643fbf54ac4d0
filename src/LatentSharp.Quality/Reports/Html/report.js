for (const box of document.querySelectorAll('.compare')) {
  const slider = box.querySelector('input');
  slider.addEventListener('input', () => box.style.setProperty('--at', slider.value + '%'));
}
for (const button of document.querySelectorAll('.shot button')) {
  button.addEventListener('click', () => {
    const on = button.closest('.shot').querySelector('.compare').classList.toggle('heat');
    button.setAttribute('aria-pressed', on);
  });
}
