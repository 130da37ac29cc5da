package app;

import java.security.cert.X509Certificate;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RestController;

/** Greets its clients by the subject of their certificates. */
@SpringBootApplication
@RestController
public class App {
  public static void main(String[] arguments) {
    SpringApplication.run(App.class, arguments);
  }

  /** Where an application would build its own clients anew. */
  @Autowired
  void follow(SslBundles bundles) {
    bundles.addBundleUpdateHandler(
        "mtls", bundle -> LoggerFactory.getLogger(App.class).info("bundle mtls is new"));
  }

  @GetMapping("/")
  String greet(@RequestAttribute("jakarta.servlet.request.X509Certificate") X509Certificate[] client) {
    return "welcome, " + client[0].getSubjectX500Principal();
  }
}
