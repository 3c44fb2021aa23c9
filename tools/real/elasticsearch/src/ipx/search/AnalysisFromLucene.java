package ipx.search;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.HTMLStripCharFilter;
import org.apache.lucene.analysis.core.KeywordTokenizer;
import org.apache.lucene.analysis.core.WhitespaceTokenizer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.synonym.SolrSynonymParser;
import org.apache.lucene.analysis.synonym.SynonymGraphFilter;
import org.apache.lucene.analysis.synonym.SynonymMap;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.IndexService.IndexCreationContext;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.CustomAnalyzer;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * Analysis names that the stock distribution brings in a module and the plain jars lack, wired to
 * Lucene's own classes. A mapping that names another one fails; add it here under its stock name.
 */
public class AnalysisFromLucene extends Plugin implements AnalysisPlugin {

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        return Map.of("english", (index, env, name, settings) -> {
            CharArraySet stopWords = Analysis.parseStopWords(env, settings, EnglishAnalyzer.getDefaultStopSet());
            CharArraySet notStemmed = Analysis.parseStemExclusion(settings, CharArraySet.EMPTY_SET);
            EnglishAnalyzer analyzer = new EnglishAnalyzer(stopWords, notStemmed);
            return new AbstractIndexAnalyzerProvider<EnglishAnalyzer>(name, settings) {
                @Override
                public EnglishAnalyzer get() {
                    return analyzer;
                }
            };
        });
    }

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        return Map.of(
            "stemmer", filter(s -> stemmer(s.get("language", s.get("name", "porter")))),
            "asciifolding", (index, env, name, settings) -> new Folding(name, settings),
            "edge_ngram", filter(s -> in -> new EdgeNGramTokenFilter(
                in, s.getAsInt("min_gram", 1), s.getAsInt("max_gram", 2), s.getAsBoolean("preserve_original", false))),
            "synonym_graph", synonyms()
        );
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        return Map.of("keyword", tokenizer(KeywordTokenizer::new), "whitespace", tokenizer(WhitespaceTokenizer::new));
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        return Map.of("html_strip", (index, env, name, settings) -> new CharFilterFactory() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Reader create(Reader in) {
                return new HTMLStripCharFilter(in);
            }
        });
    }

    /** The marker interface allows it in keyword normalizers too, as in the stock module. */
    private static final class Folding extends AbstractTokenFilterFactory implements NormalizingTokenFilterFactory {
        private final boolean preserve;

        Folding(String name, Settings settings) {
            super(name, settings);
            preserve = settings.getAsBoolean("preserve_original", false);
        }

        @Override
        public TokenStream create(TokenStream in) {
            return new ASCIIFoldingFilter(in, preserve);
        }
    }

    private static UnaryOperator<TokenStream> stemmer(String language) {
        return switch (language) {
            case "english", "porter" -> PorterStemFilter::new;
            case "light_english", "kstem" -> KStemFilter::new;
            case "minimal_english" -> EnglishMinimalStemFilter::new;
            case "possessive_english" -> EnglishPossessiveFilter::new;
            case "porter2" -> in -> new SnowballFilter(in, "English");
            default -> throw new IllegalArgumentException("stemmer language [" + language + "] is not among those of the tests");
        };
    }

    private static AnalysisProvider<TokenFilterFactory> filter(Function<Settings, UnaryOperator<TokenStream>> make) {
        return (index, env, name, settings) -> factory(name, settings, make.apply(settings));
    }

    private static TokenFilterFactory factory(String name, Settings settings, UnaryOperator<TokenStream> wrap) {
        return new AbstractTokenFilterFactory(name, settings) {
            @Override
            public TokenStream create(TokenStream in) {
                return wrap.apply(in);
            }
        };
    }

    private static AnalysisProvider<TokenizerFactory> tokenizer(Supplier<Tokenizer> make) {
        return (index, env, name, settings) -> TokenizerFactory.newFactory(name, make);
    }

    /** Solr-format rules, inline ("synonyms") or in a file below config ("synonyms_path"). */
    private static AnalysisProvider<TokenFilterFactory> synonyms() {
        return AnalysisPlugin.requiresAnalysisSettings((index, env, name, settings) -> {
            List<String> rules = Analysis.getWordList(env, settings, "synonyms");
            if (rules == null) {
                throw new IllegalArgumentException("[" + name + "] needs synonyms or synonyms_path");
            }
            boolean expand = settings.getAsBoolean("expand", true);
            return new AbstractTokenFilterFactory(name, settings) {
                @Override
                public TokenStream create(TokenStream in) {
                    throw new IllegalStateException("made through its chain");
                }

                @Override
                public TokenFilterFactory getChainAwareTokenFilterFactory(
                    IndexCreationContext context, TokenizerFactory tokenizer, List<CharFilterFactory> chars,
                    List<TokenFilterFactory> before, Function<String, TokenFilterFactory> all
                ) {
                    var filters = before.stream().map(TokenFilterFactory::getSynonymFilter).toArray(TokenFilterFactory[]::new);
                    var chain = new CustomAnalyzer(tokenizer, chars.toArray(new CharFilterFactory[0]), filters);
                    SynonymMap map = parse(rules, expand, chain);
                    return factory(name, settings, in -> map.fst == null ? in : new SynonymGraphFilter(in, map, false));
                }
            };
        });
    }

    private static SynonymMap parse(List<String> rules, boolean expand, Analyzer chain) {
        try (chain) {
            var parser = new SolrSynonymParser(true, expand, chain);
            parser.parse(new StringReader(String.join("\n", rules)));
            return parser.build();
        } catch (ParseException problem) {
            throw new IllegalArgumentException("bad synonyms", problem);
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }
}
