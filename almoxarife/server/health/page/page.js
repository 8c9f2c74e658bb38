"use strict";
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#rotas",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
