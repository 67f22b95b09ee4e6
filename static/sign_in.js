// Demo users fill the form at one click; entering stays the person's own step.

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => {
    document.getElementById("username").value = button.dataset.fill;
    document.getElementById("password").value = button.dataset.password;
    document.getElementById("enter").focus();
  });
}
