package org.elasticsearch.plugins;

import java.nio.file.Path;
import java.util.List;

import org.elasticsearch.Build;
import org.elasticsearch.common.settings.Settings;

/** Plugins handed over as instances, all from the class path; in this package because the base class is. */
public class ClassPathPlugins extends PluginsService {
    private final List<LoadedPlugin> loaded;

    public ClassPathPlugins(Settings settings, Path config, PluginsLoader loader, List<Plugin> plugins) {
        super(settings, config, loader);
        loaded = plugins.stream().map(ClassPathPlugins::describe).toList();
    }

    private static LoadedPlugin describe(Plugin plugin) {
        String name = plugin.getClass().getName();
        var descriptor = new PluginDescriptor(
            name, "class path", "1", Build.current().version(), "17", name, null, List.of(), false, false, false, false);
        return new LoadedPlugin(descriptor, plugin, plugin.getClass().getClassLoader());
    }

    /** Also called by the base class's constructor, when there is nothing yet. */
    @Override
    protected List<LoadedPlugin> plugins() {
        return loaded == null ? List.of() : loaded;
    }
}
