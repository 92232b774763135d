// Shows the OpenAPI description with Swagger UI from our own files; nothing is fetched from elsewhere.
const place = document.querySelector("#interface");
window.SwaggerUIBundle({ url: place.dataset.url, domNode: place, deepLinking: false, validatorUrl: null, docExpansion: "list" });
