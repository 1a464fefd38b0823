import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings.ClientIdStrategyEnum;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.MemoryBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.config.util.ResourceCountCacheUtil;
import ca.uhn.fhir.jpa.dao.FulltextSearchSvcImpl;
import ca.uhn.fhir.jpa.dao.IFulltextSearchSvc;
import ca.uhn.fhir.jpa.dao.search.HSearchSortHelperImpl;
import ca.uhn.fhir.jpa.dao.search.IHSearchSortHelper;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.provider.DaoRegistryResourceSupportedSvc;
import ca.uhn.fhir.jpa.provider.IJpaSystemProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.search.IStaleSearchDeletingSvc;
import ca.uhn.fhir.jpa.search.StaleSearchDeletingSvcImpl;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.util.ResourceCountCache;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/**
 * HAPI FHIR's own R4 server with nothing of ours in it, on H2 in memory and on loopback. Prints `READY <base>` on
 * standard output once it answers, and ends with its standard input.
 */
public final class TestServer {
  private static final int PAGE = 20;

  public static void main(String[] arguments) throws Exception {
    var context = new AnnotationConfigApplicationContext(Storage.class, Wiring.class);
    var fhir = new RestfulServer(context.getBean(FhirContext.class));
    fhir.registerProviders(context.getBean(ResourceProviderFactory.class).createProviders());
    fhir.registerProvider(context.getBean(IJpaSystemProvider.class));
    fhir.setPagingProvider(context.getBean(DatabaseBackedPagingProvider.class));
    var jetty = new Server(new InetSocketAddress("127.0.0.1", 0));
    var routes = new ServletContextHandler();
    routes.addServlet(new ServletHolder(fhir), "/fhir/*");
    jetty.setHandler(routes);
    jetty.start();
    System.out.println("READY http://127.0.0.1:" + jetty.getURI().getPort() + "/fhir");
    while (System.in.read() != -1) {}
    System.exit(0);
  }

  /** The database, and how resources are kept in it. */
  @Configuration
  @EnableTransactionManagement
  public static class Storage {
    @Bean
    public DataSource memory() {
      var pool = new BasicDataSource();
      pool.setDriver(new org.h2.Driver());
      pool.setUrl("jdbc:h2:mem:tests;DB_CLOSE_DELAY=-1");
      return pool;
    }

    @Bean
    public JpaStorageSettings keeping() {
      var settings = new JpaStorageSettings();
      settings.setHibernateSearchIndexSearchParams(false);
      settings.setResourceClientIdStrategy(ClientIdStrategyEnum.ANY);
      settings.setMatchUrlCacheEnabled(false);
      return settings;
    }

    @Bean
    @Primary
    public LocalContainerEntityManagerFactoryBean entityManagerFactory(
        DataSource memory, ConfigurableListableBeanFactory beans, FhirContext fhir, JpaStorageSettings keeping) {
      var hibernate = new Properties();
      hibernate.putAll(Map.of(
          "hibernate.dialect", "ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect",
          "hibernate.hbm2ddl.auto", "create",
          "hibernate.search.enabled", "false"));
      var entities = HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, fhir, keeping);
      entities.setPersistenceUnitName("HAPI_PU");
      entities.setDataSource(memory);
      entities.setJpaProperties(hibernate);
      return entities;
    }

    @Bean
    @Primary
    public JpaTransactionManager transactionManager(EntityManagerFactory entities) {
      return new JpaTransactionManager(entities);
    }
  }

  /** What HAPI FHIR's configuration leaves to whoever runs it. */
  @Configuration
  @Import({
    JpaR4Config.class,
    ThreadPoolFactoryConfig.class,
    JpaBatch2Config.class,
    Batch2JobsConfig.class,
    SubscriptionChannelConfig.class
  })
  public static class Wiring {
    @Bean
    public PartitionSettings partitions() {
      return new PartitionSettings();
    }

    @Bean
    public SubscriptionSettings subscriptions() {
      return new SubscriptionSettings();
    }

    @Bean
    public IBinaryStorageSvc binaries() {
      return new MemoryBinaryStorageSvcImpl();
    }

    @Bean
    public IFulltextSearchSvc fullText() {
      return new FulltextSearchSvcImpl();
    }

    @Bean
    public IStaleSearchDeletingSvc staleSearches() {
      return new StaleSearchDeletingSvcImpl();
    }

    @Bean
    public IHSearchSortHelper sorting(ISearchParamRegistry parameters) {
      return new HSearchSortHelperImpl(parameters);
    }

    @Bean
    public IResourceSupportedSvc supported(ca.uhn.fhir.jpa.api.dao.DaoRegistry daos) {
      return new DaoRegistryResourceSupportedSvc(daos);
    }

    @Bean(name = "myResourceCountsCache")
    public ResourceCountCache counts(IFhirSystemDao<?, ?> system) {
      return ResourceCountCacheUtil.newResourceCountCache(system);
    }

    @Bean
    public DatabaseBackedPagingProvider pages() {
      var pages = new DatabaseBackedPagingProvider();
      pages.setDefaultPageSize(PAGE);
      return pages;
    }
  }
}
